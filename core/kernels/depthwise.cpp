// Depthwise convolutions: each channel by itself, with a kernel of 3x3 or 5x5.
//
// There is so little to compute that reading and writing take most of the time. So a plane is read once, into
// a copy that stays in the first-level cache, with zeros around it so that no loop knows of padding:
//
//     x                stride 1               stride 2: even columns, then odd ones
//     a b c d          . . . . . .            . . . . | . . . .
//     e f g h          . a b c d .            . a c . | . b d .
//                      . e f g h .            . e g . | . f h .
//                      . . . . . .            . . . . | . . . .
//
// Neighbours in a row of results then meet a tap in neighbours, whatever the stride: a tap is the copy shifted.
// The sums of kLanes columns go down the copy together: each row is loaded once for a column of taps, serves
// all rows of the kernel, and completes a row of results. The input gradient at stride 1 is the same of dy with
// the kernel turned around. At stride 2 even and odd columns of dx meet even and odd taps, or the other way
// round, in sums of their own that are put together on the way out. The weight gradient keeps a vector of sums
// for each tap.
//
// Columns are done from the right: what a vector writes beyond its row, the rows below write again.
#include <type_traits>

#include <reel/core/kernels/detail/depthwise_plane.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kTasks = 16;  // at most

// Forward, and the input gradient at stride 1: the work on one plane.
template <int kKernel, int kStride>
struct Correlation {
  static constexpr int kTaps = kKernel * kKernel;
  static constexpr int kDepth = (kKernel + kStride - 1) / kStride;  // rows of results that a row counts for

  bool turned;
  Index height, width;  // of the results
  PlaneCopy<kKernel, kStride> copy;

  Correlation(const Convolution& c, ConvolutionPass pass)
      : turned(pass == ConvolutionPass::kInputGradient),
        height(turned ? c.in_h : c.out_h),
        width(turned ? c.in_w : c.out_w),
        copy(turned ? c.out_h : c.in_h, turned ? c.out_w : c.in_w, turned ? kKernel - 1 - c.top : c.top,
             turned ? kKernel - 1 - c.left : c.left, (height - 1 + kDepth) * kStride, width) {}

  template <class Writer>
  [[gnu::noinline]] void run(const Scalar* copied, const Scalar* weight, const Writer writer) const {
    const auto from = copy;
    const Index columns = width, pixels = height * width;
    Scalar taps[kTaps];
    for (int t = 0; t < kTaps; t++) taps[t] = weight[turned ? kTaps - 1 - t : t];
    for (Index c = (divide_up(columns, kLanes) - 1) * kLanes; c >= 0; c -= kLanes) {
      const Scalar* in = copied + c;
      Vector sum[kDepth] = {};  // the last one is complete first
      for (Index at = c - (kDepth - 1) * columns; at < pixels; at += columns, in += kStride * from.pitch) {
        unrolled<kDepth - 1>([&](int d) { sum[kDepth - 1 - d] = sum[kDepth - 2 - d]; });
        sum[0] = Vector{};
        unrolled<kStride * kKernel>([&](int t) {
          const int r = t / kKernel, v = t % kKernel;
          const Vector x = load(in + r * from.pitch + from.places[v]);
          unrolled<kDepth>([&](int d) {
            const int u = d * kStride + r;
            if (u < kKernel) sum[d] += x * taps[u * kKernel + v];
          });
        });
        if (at >= 0) writer.write(at, sum[kDepth - 1]);
      }
    }
  }
};

// The input gradient at stride 2: dx[i, j] is the sum of dy[(top + i - u) / 2, (left + j - v) / 2] weight[u, v]
// over the u and v that leave no remainder. A row of dy counts for kKernel rows of dx, and completes two.
template <int kKernel>
struct Spreading {
  static constexpr int kTaps = kKernel * kKernel, kReach = (kKernel - 1) / 2;

  Index height, width, top;  // of dx
  bool odd_first;            // the first column of dx meets the odd taps
  PlaneCopy<kKernel, 1> copy;

  Spreading(const Convolution& c, ConvolutionPass)
      : height(c.in_h),
        width(c.in_w),
        top(c.top),
        odd_first(c.left % 2 != 0),
        copy(c.out_h, c.out_w, kReach, 0, kReach + (c.top + c.in_h - 1) / 2 + 1, divide_up(c.in_w, 2)) {
    for (Index v = 0; v < kKernel; v++) {  // met by the first or the second column
      copy.places[v] = copy.margin + (c.left + (v + c.left) % 2 - v) / 2;
    }
  }

  template <class Writer>
  [[gnu::noinline]] void run(const Scalar* copied, const Scalar* weight, const Writer writer) const {
    const auto from = copy;
    const Index rows = height, columns = width;
    const bool swap = odd_first;
    Scalar taps[kTaps];
    for (int t = 0; t < kTaps; t++) taps[t] = weight[t];
    for (Index c = (divide_up(divide_up(columns, 2), kLanes) - 1) * kLanes; c >= 0; c -= kLanes) {
      const Scalar* in = copied + top / 2 * from.pitch + c;
      Vector sum[kKernel][2] = {};  // of the even and the odd taps
      for (Index i = top / 2 * 2 - 2 * kReach - top; i < rows; i += 2, in += from.pitch) {
        unrolled<kKernel>([&](int v) {
          const Vector dy = load(in + from.places[v]);
          unrolled<kKernel>([&](int u) { sum[u][v % 2] += dy * taps[u * kKernel + v]; });
        });
        unrolled<2>([&](int q) {
          if (i + q < 0 || i + q >= rows) return;
          const Vector first = swap ? sum[q][1] : sum[q][0], second = swap ? sum[q][0] : sum[q][1];
          const Index at = (i + q) * columns + 2 * c;
          writer.write(at, zip_low(first, second));
          if (2 * c + kLanes < columns) writer.write(at + kLanes, zip_high(first, second));
        });
        unrolled<2 * kKernel>(
            [&](int t) { sum[t / 2][t % 2] = t / 2 + 2 < kKernel ? sum[t / 2 + 2][t % 2] : Vector{}; });
      }
    }
  }
};

// Plane after plane: those of the batch, in tasks of nearly as many.
template <class PlaneWork>
class PlanesPlan : public PiecewisePlan {
 public:
  PlanesPlan(const Convolution& c, ConvolutionPass pass, int workers)
      : channels_(c.in_channels),
        workers_(workers),
        tasks_(c.batch * c.in_channels,
               std::clamp<Index>(c.batch * c.in_channels * c.in_pixels() / kLeastPixels, 1, kTasks)),
        work_(c, pass),
        copies_(take<Scalar>(work_.copy.size, workers)) {}

  void run(const ImagesView& left, const Scalar* right, const EpilogueView& epilogue, Scalar* result,
           std::byte* scratch) const override {
    const Steps kind = epilogue.steps();
    const Index in_pixels = work_.copy.height * work_.copy.width, pixels = work_.height * work_.width;
    parallel_for_workers(tasks_.count, workers_, [&](Index task, int worker) {
      Scalar* const copy = copies_.at(scratch, worker);
      std::fill_n(copy, work_.copy.size, Scalar(0));
      tasks_.for_each_group(task, 1, [&](Index plane, Index) {
        const Index channel = plane % channels_, first = plane * pixels;
        const Scalar* const weight = right + channel * PlaneWork::kTaps;
        const PlaneEpilogue steps = epilogue.plane(channel, first);
        left.with_plane(channel, [&](const auto& read) {
          work_.copy.write(left.data + plane * in_pixels, in_pixels, read, copy);
        });
        with_steps(kind, [&](auto known) {
          work_.run(copy, weight, PlaneWriter<known()>{steps, result + first, pixels});
        });
      });
    });
  }

 private:
  static constexpr Index kLeastPixels = Index{1} << 14;  // of a task

  Index channels_;
  int workers_;
  BatchTasks tasks_;
  PlaneWork work_;
  Piece<Scalar> copies_;
};

// The weight gradient. A channel belongs to one task, which adds image after image.
template <int kKernel, int kStride>
class TapSums : public PiecewisePlan {
 public:
  TapSums(const Convolution& c, int workers)
      : batch_(c.batch),
        channels_(c.in_channels),
        height_(c.out_h),
        width_(c.out_w),
        workers_(workers),
        tasks_(c.in_channels, kTasks),
        copy_(c.in_h, c.in_w, c.top, c.left, (c.out_h - 1 + kDepth) * kStride, c.out_w),
        copies_(take<Scalar>(copy_.size, workers)),
        sums_(take<Vector>(tasks_.images * kTaps, workers)) {}

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    const Index in_pixels = copy_.height * copy_.width, out_pixels = height_ * width_;
    parallel_for_workers(tasks_.count, workers_, [&](Index task, int worker) {
      Scalar* const copy = copies_.at(scratch, worker);
      Vector* const sums = sums_.at(scratch, worker);
      std::fill_n(copy, copy_.size, Scalar(0));
      tasks_.for_each_group(task, tasks_.images, [&](Index begin, Index count) {
        std::fill_n(sums, count * kTaps, Vector{});
        for (Index n = 0; n < batch_; n++) {
          for (Index i = 0; i < count; i++) {
            const Index plane = n * channels_ + begin + i, ahead = i + 1 < count ? 1 : channels_ - i;
            x.with_plane(begin + i, [&](const auto& read) {
              copy_.write(x.data + plane * in_pixels, ahead * in_pixels, read, copy);
            });
            add(copy, dy + plane * out_pixels, ahead * out_pixels, sums + i * kTaps);
          }
        }
        for (Index i = 0; i < count * kTaps; i++) dweight[begin * kTaps + i] = sum_lanes(sums[i]);
      });
    });
  }

 private:
  static constexpr int kTaps = kKernel * kKernel;
  static constexpr int kDepth = (kKernel + kStride - 1) / kStride;  // rows of dy that a row of x meets

  [[gnu::noinline]] void add(const Scalar* copied, const Scalar* dy, Index ahead, Vector* sums) const {
    const auto from = copy_;
    const Index rows = height_, columns = width_, pixels = rows * columns;
    Vector sum[kTaps];
    unrolled<kTaps>([&](int t) { sum[t] = sums[t]; });
    for (Index c = 0; c < columns; c += kLanes) {
      const Scalar* in = copied + c;
      Vector gradient[kDepth] = {};  // of a row and those before it
      for (Index i = 0, at = c; i < rows + kDepth - 1; i++, at += columns, in += kStride * from.pitch) {
        unrolled<kDepth - 1>([&](int d) { gradient[kDepth - 1 - d] = gradient[kDepth - 2 - d]; });
        __builtin_prefetch(dy + at + ahead);
        gradient[0] = i < rows ? load_part(dy + at, columns - c, pixels - at) : Vector{};
        unrolled<kStride * kKernel>([&](int t) {
          const int r = t / kKernel, v = t % kKernel;
          const Vector x = load_once(in + r * from.pitch + from.places[v]);
          unrolled<kDepth>([&](int d) {
            const int u = d * kStride + r;
            if (u < kKernel) sum[u * kKernel + v] += x * gradient[d];
          });
        });
      }
    }
    unrolled<kTaps>([&](int t) { sums[t] = sum[t]; });
  }

  Index batch_, channels_, height_, width_;  // of dy
  int workers_;
  BatchTasks tasks_;  // of channels
  PlaneCopy<kKernel, kStride> copy_;
  Piece<Scalar> copies_;
  Piece<Vector> sums_;
};

template <int kKernel, int kStride>
std::unique_ptr<const ConvolutionPlan> make_plan(const Convolution& c, ConvolutionPass pass, int workers) {
  if (pass == ConvolutionPass::kWeightGradient)
    return std::make_unique<TapSums<kKernel, kStride>>(c, workers);
  using Backward = std::conditional_t<kStride == 1, Correlation<kKernel, 1>, Spreading<kKernel>>;
  if (pass == ConvolutionPass::kInputGradient) {
    return std::make_unique<PlanesPlan<Backward>>(c, pass, workers);
  }
  return std::make_unique<PlanesPlan<Correlation<kKernel, kStride>>>(c, pass, workers);
}

// Vectors of images are fuller where a row does not fill half a vector more.
bool is_narrow(const Convolution& c, ConvolutionPass pass) {
  const Index width = pass == ConvolutionPass::kInputGradient ? c.in_w : c.out_w;
  return 2 * width <= kLanes && 2 * c.batch > kLanes;
}

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_depthwise(const Convolution& c, ConvolutionPass pass,
                                                      int workers) {
  const bool one_each = c.groups == c.in_channels && c.groups == c.out_channels;
  const bool square = c.kernel_h == c.kernel_w && c.stride_h == c.stride_w && c.dilation_h == 1 &&
                      c.dilation_w == 1 && c.top < c.kernel_h && c.left < c.kernel_w;
  if (!one_each || !square || is_narrow(c, pass)) return nullptr;
  if (c.kernel_h == 3 && c.stride_h == 1) return make_plan<3, 1>(c, pass, workers);
  if (c.kernel_h == 3 && c.stride_h == 2) return make_plan<3, 2>(c, pass, workers);
  if (c.kernel_h == 5 && c.stride_h == 1) return make_plan<5, 1>(c, pass, workers);
  if (c.kernel_h == 5 && c.stride_h == 2) return make_plan<5, 2>(c, pass, workers);
  return nullptr;
}

}  // namespace reel::inline REEL_PRECISION::kernels

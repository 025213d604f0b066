// Convolution with 1x1 kernels: a matrix product of the weight and the pixels, which lie as they should.
//
//   y[o][p] = sum over i of weight[o][i] x[i][p]      rows o in blocks, pixels p in panels of two vectors
//
// A panel, [in][two vectors], is copied to where it stays in the first-level cache for all blocks of outputs,
// whatever the size of the image; its two vectors may be of different images. Memory is what this waits for, so
// the first block asks for the next panel, each block for the lines that it will write, and the results get
// what is done to them on the way out before they go there. The input gradient is the same with the weight
// transposed. At a stride the pixels that the kernel hits are picked on the way.
#include <algorithm>
#include <array>
#include <vector>

#include <reel/core/kernels/detail/convolution_plan.h>
#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr int kVectors = kProductVectors, kRows = kProductRows, kMostPanels = 16;
using Blocks = BlocksOf<kRows>;

// The terms of a block: a panel, packed factors, and memory that is asked for a line at each term.
struct PanelTerms {
  const Scalar *panel, *factors, *ahead;
  Index ahead_step;

  const Scalar* vectors() const { return panel; }
  Scalar factor(int row) const { return factors[row]; }
  void advance(int rows) {
    panel += kVectors * kLanes;
    factors += rows;
    for (int v = 0; v < kVectors; v++) __builtin_prefetch(ahead + v * kLanes);
    ahead += ahead_step;
  }
};

// The places in an image of the pixels that the kernel hits, empty where that is all of them in order.
std::vector<Index> hit_pixels(const Convolution& c) {
  std::vector<Index> places;
  if (c.in_h == c.out_h && c.in_w == c.out_w) return places;
  for (Index i = 0; i < c.out_h; i++) {
    for (Index j = 0; j < c.out_w; j++) places.push_back(i * c.stride_h * c.in_w + j * c.stride_w);
  }
  return places;
}

// Images of which the kernel sees some pixels: [channels, size], the pixels at `places` unless that is nullptr.
struct PixelView {
  Index channels, size;
  const Index* places;
  bool alternate;  // a vector's pixels are every second one of a row

  Vector read(const Scalar* plane, Index pixel, Index count) const {
    if (!places) return load_first(plane + pixel, count);
    const Index* const at = places + pixel;
    if (alternate && count > 0) return evens(load(plane + *at), load(plane + *at + kLanes));
    Scalar lanes[kLanes] = {};
    for (Index i = 0; i < count; i++) lanes[i] = plane[at[i]];
    return load(lanes);
  }
  void write(Vector v, Scalar* plane, Index pixel, Index count) const {
    if (!places) return store_first(plane + pixel, v, count);
    const Index* const at = places + pixel;
    if (alternate && count > 0) {
      Scalar* const to = plane + *at;
      const Vector others = odds(load(to), load(to + kLanes));
      store(to, zip_low(v, others));
      store(to + kLanes, zip_high(v, others));
      return;
    }
    Scalar lanes[kLanes];
    store(lanes, v);
    for (Index i = 0; i < count; i++) plane[at[i]] = lanes[i];
  }
};

// Forward, and the input gradient, for which the weight is transposed.
class PointwiseProduct final : public PiecewisePlan {
 public:
  PointwiseProduct(const Convolution& c, bool gradient, int workers)
      : gradient_(gradient),
        batch_(c.batch),
        pixels_(c.out_pixels()),
        vectors_(divide_up(pixels_, kLanes)),
        places_(hit_pixels(c)) {
    const bool alternate = c.stride_w == 2 && c.out_w % kLanes == 0 && c.in_w >= 2 * c.out_w;
    const PixelView images{c.in_channels, c.in_pixels(), places_.empty() ? nullptr : places_.data(),
                           alternate},
        results{c.out_channels, pixels_, nullptr, false};
    in_ = gradient ? results : images;
    out_ = gradient ? images : results;
    constexpr Index kTaskWork = Index{1} << 19;  // multiply-adds, some ten microseconds
    constexpr Index kStripSize = 1024;           // vectors of a strip, half of the first-level cache
    const Index panel_work = in_.channels * out_.channels * kVectors * kLanes;
    panels_ = divide_up(batch_ * vectors_, kVectors);
    strip_ = std::clamp<Index>(kStripSize / (in_.channels * kVectors), 1, kMostPanels);
    constexpr Index kFewPanels = 16;  // for which packing the weight costs more than it saves
    packed_ = panels_ > kFewPanels;
    const Index strips = divide_up(panels_, strip_);
    task_panels_ = strip_ * std::clamp<Index>(kTaskWork / (strip_ * panel_work), 1, strips);
    workers_ = static_cast<int>(std::min(Index{workers}, divide_up(panels_, task_panels_)));
    weights_ = take<Scalar>(packed_ ? in_.channels * out_.channels : 0);
    steps_ = take<PlaneEpilogue>(out_.channels);
    panel_ = take<Scalar>(in_.channels * kVectors * kLanes * strip_, workers_);
  }

  void run(const ImagesView& x, const Scalar* weight, const EpilogueView& epilogue, Scalar* y,
           std::byte* scratch) const override {
    if (packed_) pack_weights(weight, weights_.at(scratch));
    for (Index o = 0; o < out_.channels; o++) steps_.at(scratch)[o] = epilogue.plane(o, 0);
    if (out_.places) fill(epilogue.bias, y);  // what the kernel does not hit
    const Steps kind = epilogue.steps();
    parallel_for_workers(divide_up(panels_, task_panels_), workers_, [&](Index task, int worker) {
      const Work work{x,
                      packed_ ? weights_.at(scratch) : weight,
                      steps_.at(scratch),
                      kind,
                      y,
                      panel_.at(scratch, worker)};
      const Index end = std::min(panels_, (task + 1) * task_panels_);
      for (Index first = task * task_panels_; first < end; first += strip_) {
        run_strip(work, first, std::min(strip_, end - first));
      }
    });
  }

 private:
  struct Work {
    const ImagesView& x;
    const Scalar* weights;
    const PlaneEpilogue* steps;
    Steps kind;
    Scalar *y, *panel;
  };
  // Some pixels of an image, as many as there are lanes or fewer.
  struct Pixels {
    Index image, first, count;
  };
  using Panel = std::array<Pixels, kVectors>;

  // Beyond the last vector there are no pixels.
  Panel pixels_of(Index panel) const {
    Panel result;
    for (Index v = 0; v < kVectors; v++) {
      const Index number = panel * kVectors + v, image = std::min(number / vectors_, batch_ - 1);
      const Index first = (number - image * vectors_) * kLanes;
      result[static_cast<std::size_t>(v)] = {image, first, std::clamp<Index>(pixels_ - first, 0, kLanes)};
    }
    return result;
  }

  // From one output to the next in the weight, and from one input to the next.
  Index row_step() const { return gradient_ ? 1 : in_.channels; }
  Index step() const { return gradient_ ? out_.channels : 1; }

  // For each block of rows [in][rows of the block].
  void pack_weights(const Scalar* weight, Scalar* weights) const {
    const Blocks blocks(out_.channels);
    constexpr Index kGrain = 16384;  // weights of a piece
    parallel_for(blocks.count, kGrain / (in_.channels * kRows) + 1, [&](Index begin, Index end) {
      for (Index block = begin; block < end; block++) {
        const Index first = blocks.begin(block), rows = blocks.size(block);
        Scalar* to = weights + first * in_.channels;
        for (Index i = 0; i < in_.channels; i++) {
          const Scalar* const from = weight + first * row_step() + i * step();
          for (Index r = 0; r < rows; r++) *to++ = from[r * row_step()];
        }
      }
    });
  }

  void fill(const Scalar* bias, Scalar* y) const {
    parallel_for(batch_, 1, [&](Index n, Index) {
      for (Index o = 0; o < out_.channels; o++) {
        std::fill_n(y + (n * out_.channels + o) * out_.size, out_.size, bias ? bias[o] : 0);
      }
    });
  }

  // Some panels that follow one another: memory is read and written in longer runs.
  void run_strip(const Work& work, Index first_panel, Index count) const {
    Panel panels[kMostPanels];
    for (Index p = 0; p < count; p++) panels[p] = pixels_of(first_panel + p);
    const Index panel_size = in_.channels * kVectors * kLanes;
    for (Index i = 0; i < in_.channels; i++) {
      work.x.with_plane(i, [&](const auto& read) {
        for (Index p = 0; p < count; p++) {
          Scalar* to = work.panel + p * panel_size + i * kVectors * kLanes;
          for (const auto& [image, pixel, number] : panels[p]) {
            store(to, read(in_.read(work.x.data + (image * in_.channels + i) * in_.size, pixel, number)));
            to += kLanes;
          }
        }
      });
    }
    const Blocks blocks(out_.channels);
    for (Index block = 0; block < blocks.count; block++) {
      const Index first = blocks.begin(block);
      with_rows<kRows>(blocks.size(block), [&](auto size) {
        for (Index p = 0; p < count; p++) {
          const Scalar* const panel = work.panel + p * panel_size;
          if (packed_) {
            const Pixels next = pixels_of(std::min(first_panel + p + strip_, panels_ - 1))[0];
            const PanelTerms terms{panel, work.weights + first * in_.channels,
                                   work.x.data + next.image * in_.channels * in_.size + next.first,
                                   block == 0 ? in_.size : 0};
            run_block<size>(work, terms, panels[p], first);
          } else {
            const StridedMatrix rows{work.weights + first * row_step(), row_step(), step()};
            run_block<size>(work, ProductTerms<size>(rows, panel, kVectors * kLanes), panels[p], first);
          }
        }
      });
    }
  }

  template <int kSize, class Terms>
  void run_block(const Work& work, const Terms& terms, const Panel& panel, Index first) const {
    const auto plane = [&](std::size_t v, Index row) {
      return (panel[v].image * out_.channels + first + row) * out_.size;
    };
    for (int r = 0; r < kSize; r++) {
      for (std::size_t v = 0; v < kVectors; v++) {
        __builtin_prefetch(work.y + plane(v, r) + panel[v].first, 1);
      }
    }
    const PlaneEpilogue* const steps = work.steps + first;
    Scalar* const to = work.y + plane(0, 0) + panel[0].first;
    if (work.kind != Steps::kAny && follow_one_another(panel)) {
      return with_steps(work.kind, [&](auto kind) {
        if constexpr (kind() != Steps::kAny) {
          const Index row = out_.size;
          sum_block<kSize, kVectors>(
              terms, in_.channels, [&](int r, int v, Vector sum) __attribute__((always_inline)) {
                store(to + r * row + v * kLanes, steps[r].apply<kind()>(sum));
              });
        }
      });
    }
    // Through memory: what is done to the results would take registers from the sums.
    alignas(kVectorBytes) Scalar sums[kSize * kVectors * kLanes];
    sum_block<kSize, kVectors>(
        terms, in_.channels, [&](int r, int v, Vector sum) __attribute__((always_inline)) {
          store(sums + (r * kVectors + v) * kLanes, sum);
        });
    for (int r = 0; r < kSize; r++) {
      const PlaneEpilogue row = steps[r];
      for (std::size_t v = 0; v < kVectors; v++) {
        const auto& [image, pixel, count] = panel[v];
        const Index place = plane(v, r);
        const Vector addend = row.addend ? load_first(row.addend + place + pixel, count) : Vector{},
                     result = row.apply(load(sums + (r * kVectors + static_cast<int>(v)) * kLanes), addend);
        out_.write(result, work.y + place, pixel, count);
      }
    }
  }

  // Whether a panel's vectors are the next pixels of one image each, to be written as they are.
  bool follow_one_another(const Panel& panel) const {
    const Pixels &first = panel.front(), &last = panel.back();
    return !out_.places && first.image == last.image && last.count == kLanes;
  }

  bool gradient_, packed_;  // packed: the weight is, for the blocks
  int workers_;
  Index batch_, pixels_, vectors_;  // of an image: the pixels that the kernel hits, vectors of them
  std::vector<Index> places_;
  PixelView in_{}, out_{};
  Index panels_, strip_, task_panels_;  // all panels, those of a strip, those of a task
  Piece<Scalar> weights_, panel_;
  Piece<PlaneEpilogue> steps_;
};

// dweight [out,in] = the sum over the images of dy [out,pixels] x^T [pixels,in].
class PointwiseGradient final : public PiecewisePlan {
 public:
  PointwiseGradient(const Convolution& c, int workers)
      : c_(c), places_(hit_pixels(c)), tasks_(weight_tasks(c)) {
    workers_ = static_cast<int>(std::min(Index{workers}, tasks_.count));
    copies_ = take<Scalar>(c.in_channels * c.out_pixels(), workers_);  // also of what is read through a map
    partials_ = take<Scalar>(c.weight_size(), tasks_.count);
  }

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    const auto product = c_.batch > 1 ? gemm_on_one_thread : gemm;  // a single image is shared out inside
    const Index pixels = c_.out_pixels();
    parallel_for_workers(tasks_.count, workers_, [&](Index task, int worker) {
      tasks_.for_each_group(task, 1, [&](Index n, Index) {
        product(false, true, c_.out_channels, c_.in_channels, pixels, dy + n * c_.out_channels * pixels,
                pixels, pixels_of(x, n, copies_.at(scratch, worker)), pixels, partials_.at(scratch, task),
                c_.in_channels, n > task * tasks_.images);
      });
    });
    sum_partials(partials_, scratch, tasks_.count, c_.weight_size(), dweight);
  }

 private:
  // The pixels of image n that the kernel hits, as a matrix [in,pixels].
  const Scalar* pixels_of(const ImagesView& x, Index n, Scalar* copy) const {
    const Scalar* plane = x.data + n * c_.in_channels * c_.in_pixels();
    if (places_.empty() && !x.map.mean) return plane;
    Scalar* to = copy;
    for (Index i = 0; i < c_.in_channels; i++, plane += c_.in_pixels(), to += c_.out_pixels()) {
      x.with_plane(i, [&](const auto& read) {
        for (Index p = 0; p < c_.out_pixels(); p++) {
          to[p] = read(plane[places_.empty() ? p : places_[static_cast<std::size_t>(p)]]);
        }
      });
    }
    return copy;
  }

  Convolution c_;
  int workers_;
  std::vector<Index> places_;
  BatchTasks tasks_;
  Piece<Scalar> copies_, partials_;
};

bool suits(const Convolution& c) {
  if (2 * c.out_pixels() < kLanes && 2 * c.batch > kLanes)
    return false;  // images fill the lanes, pixels do not
  return c.taps() == 1 && c.groups == 1 && c.top == 0 && c.left == 0 && (c.out_h - 1) * c.stride_h < c.in_h &&
         (c.out_w - 1) * c.stride_w < c.in_w;
}

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_pointwise(const Convolution& c, ConvolutionPass pass,
                                                      int workers) {
  if (!suits(c)) return nullptr;
  if (pass == ConvolutionPass::kWeightGradient) return std::make_unique<PointwiseGradient>(c, workers);
  return std::make_unique<PointwiseProduct>(c, pass == ConvolutionPass::kInputGradient, workers);
}

}  // namespace reel::inline REEL_PRECISION::kernels

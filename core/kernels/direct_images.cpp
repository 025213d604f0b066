// The direct convolution by images: lane n of a vector holds a pixel of image n. However small the image no lane is
// empty, and a block of results leaves out the rows and columns of the kernel beside the image. That wants a batch that
// fills the lanes.
//
// The input is laid out as phases, with a margin (direct_problem.h), a band of rows at a time. The weight gradient
// keeps a vector of sums for each weight until the end.
#include <algorithm>
#include <type_traits>

#include <reel/core/kernels/detail/direct_plan.h>
#include <reel/core/kernels/detail/squares.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Rows of a phase of the result.
struct Band {
  Index begin, end;
  Index rows() const { return end - begin; }
};

// f(band) for bands of `size` rows.
template <class F>
void for_each_band(Index rows, Index size, const F& f) {
  for (Index begin = 0; begin < rows; begin += size) f(Band{begin, std::min(begin + size, rows)});
}

// Where vectors of pixels stand: for each channel planes [step_h][step_w] of rows. All in scalars.
struct ImageLayout {
  Index pitch, plane, channel, image;
  std::vector<Index> columns;  // the place of each pixel of a row of the image, counted in vectors

  // For bands of at most `band` rows.
  ImageLayout(const DirectProblem& p, Index band)
      : pitch(p.across.width() * kLanes),
        plane(p.down.reach(band) * pitch),
        channel(plane * p.down.step_out * p.across.step_out),
        image(channel * p.channels),
        columns(static_cast<std::size_t>(p.across.inputs)) {
    for (Index x = 0; x < p.across.inputs; x++) {
      columns[static_cast<std::size_t>(x)] =
          p.across.input_phase(x) * (plane / kLanes) + x / p.across.step_out;
    }
  }

  // Of the place that output 0 of a band meets at this input of the axes.
  Index offset(const DirectProblem& p, Index y, Index x) const {
    return (p.down.input_phase(y) * p.across.step_out + p.across.input_phase(x)) * plane +
           (p.down.shift(y) - p.down.low) * pitch + (p.across.shift(x) - p.across.low) * kLanes;
  }

  // Whether the margin is not most of what is laid out; with small images it may be.
  bool is_dense(const DirectProblem& p) const {
    constexpr Index kWorst = 3, kSmall = 4096;  // pixels laid out for each of the image, and beside that
    return channel <= (kWorst * p.in_pixels() + kSmall) * kLanes;
  }

  // Lays out what a band meets of one channel of `images` images at x, `stride` apart, each pixel as `through` makes it.
  template <class Read>
  void read(const DirectProblem& p, const Band& band, const Scalar* x, Index images, Index stride,
            const Read& through, Scalar* to) const {
    const Index begin = band.begin + p.down.low, end = begin + p.down.reach(band.rows());
    clear(p, begin, end, to);
    const Index step = p.down.step_out, height = p.down.inputs, width = p.across.inputs;
    const Index first = std::clamp<Index>(begin * step, 0, height),
                last = std::clamp<Index>(end * step, first, height);
    const bool at_once = step == 1 && p.across.step_out == 1;  // the rows are one after another
    const Index rows = at_once ? std::max<Index>(last - first, 1) : 1;
    Index phase = first % step, line = first / step - begin;
    for (Index y = first; y < last; y += rows) {
      Scalar* const row = to + phase * p.across.step_out * plane + line * pitch - p.across.low * kLanes;
      if (++phase == step) phase = 0, line++;
      read_planes({x + y * width, images, stride}, rows * width,
                  {reinterpret_cast<Vector*>(row), width, pitch / kLanes, at_once ? nullptr : columns.data()},
                  [&](Index, Vector v) { return through(v); });
    }
  }

 private:
  // What no pixel will be laid out to: rows outside of the image, columns beside it.
  void clear(const DirectProblem& p, Index begin, Index end, Scalar* to) const {
    const Index phases = p.across.step_out, left = -p.across.low * kLanes,
                used = left + (phases == 1 ? p.across.inputs : p.across.inputs / phases) * kLanes;
    for (Index phase = 0; phase < p.down.step_out * phases; phase++) {
      for (Index r = begin; r < end; r++, to += pitch) {
        const Index y = r * p.down.step_out + phase / phases;
        const bool inside = y >= 0 && y < p.down.inputs;
        std::fill(to, to + (inside ? left : pitch), Scalar(0));
        if (inside) std::fill(to + used, to + pitch, Scalar(0));
      }
      to += plane - (end - begin) * pitch;
    }
  }
};

// The rows of a band such that it and its results stay in the second-level cache.
Index rows_of_band(const DirectProblem& p) {
  constexpr Index kInBudget = 4096, kOutBudget = 2048;  // vectors
  Index band = std::clamp<Index>(kOutBudget / (kBlockRows * p.across.outputs * p.down.divisor), 1,
                                 p.down.outputs_of(0));
  const auto size = [&](Index rows) {
    return p.channels * p.down.reach(rows) * p.down.step_out * p.across.step_out * p.across.width();
  };
  while (band > 1 && size(band) > kInBudget) band /= 2;
  return band;
}

class ImageCorrelation final : public DirectCorrelation {
 public:
  ImageCorrelation(const DirectProblem& problem, bool turned, int workers)
      : DirectCorrelation(problem, turned), band_(rows_of_band(p_)), layout_(p_, band_) {
    plan(kLanes, workers,
         [&](Index c, Index y, Index x) { return c * layout_.channel + layout_.offset(p_, y, x); });
    out_row_ = std::min(band_ * p_.down.divisor, p_.down.outputs) * p_.across.outputs * kLanes;
    in_ = take<Scalar>(layout_.image, workers_);
    out_ = take<Scalar>(kBlockRows * out_row_, workers_);
  }

  bool suits() const { return layout_.is_dense(p_); }

 private:
  void run_units(const Work& work, Index begin, Index end) const override {
    for_each_band(p_.down.outputs_of(0), band_, [&](const Band& band) {
      Index there = -1;  // the group whose input is laid out
      for (Index unit = begin; unit < end; unit++) {
        if (group(unit) != there) read(work, band, there = group(unit));
        with_rows(rows_of(unit), [&](auto size) {
          for (const Phase& phase : phases_) sum_rows<size>(work, band, unit, phase);
          write<size>(work, band, unit);
        });
      }
    });
  }

  void read(const Work& work, const Band& band, Index group) const {
    const Index image = p_.groups * p_.channels * p_.in_pixels();
    Scalar* to = in_.at(work.scratch, work.worker);
    for (Index c = 0; c < p_.channels; c++, to += layout_.channel) {
      const Index channel = group * p_.channels + c;
      const Scalar* const from = work.x.data + work.first * image + channel * p_.in_pixels();
      work.x.with_plane(channel, [&](const auto& through) {
        layout_.read(p_, band, from, work.images, image, through, to);
      });
    }
  }

  template <int kRows>
  void sum_rows(const Work& work, const Band& band, Index unit, const Phase& phase) const {
    const Index columns = std::ssize(phase.across), divisor = p_.down.divisor, top = band.begin * divisor;
    for (Index k = band.begin; k < std::min(band.end, phase.rows); k++) {
      const TapRange down = p_.down.hit(phase.down, k, 1);
      const Scalar* const in = in_.at(work.scratch, work.worker) + (k - band.begin) * layout_.pitch;
      Scalar* const out = out_.at(work.scratch, work.worker) +
                          ((phase.y + k * divisor - top) * p_.across.outputs + phase.x) * kLanes;
      for_each_block<block_width(kRows)>(phase.columns, [&](auto block, Index first) {
        const TapRange across = p_.across.hit(phase.across, first, block);
        const Index begin = down.first * p_.channels * columns + across.first,
                    runs = down.count * p_.channels;
        const bool all = across.count == columns;
        sum_block<kRows, block>(
            ListedTerms{in + first * kLanes, offsets_of(phase) + begin,
                        weights_of(work, phase, unit) + begin * kRows, columns - across.count},
            all ? runs * columns : across.count,
            [&](int r, int v, Vector sum) __attribute__((always_inline)) {
              store(out + r * out_row_ + (first + v) * p_.across.divisor * kLanes, sum);
            },
            all ? 1 : runs);
      });
    }
  }

  template <int kRows>
  void write(const Work& work, const Band& band, Index unit) const {
    const Index top = band.begin * p_.down.divisor, image = p_.groups * p_.rows * p_.out_pixels(),
                pixels = (std::min(band.end * p_.down.divisor, p_.down.outputs) - top) * p_.across.outputs;
    for (Index r = 0; r < kRows; r++) {
      const Index place =
          work.first * image + (channel(unit) + r) * p_.out_pixels() + top * p_.across.outputs;
      const PlaneEpilogue steps = work.epilogue.plane(channel(unit) + r, place);
      auto* const sums = reinterpret_cast<Vector*>(out_.at(work.scratch, work.worker) + r * out_row_);
      with_steps(work.epilogue.steps(), [&](auto known) {
        write_planes(
            {sums, pixels, 0}, {work.y + place, work.images, image},
            pixels, [=](Index n, Index pixel, Index number, Vector v) __attribute__((always_inline)) {
              return steps.apply<known()>(
                  v, [&] { return load_first(steps.addend + n * image + pixel, number); });
            });
      });
    }
  }

  Index band_;
  ImageLayout layout_;
  Index out_row_;  // scalars of a channel of the results of a band
  Piece<Scalar> in_, out_;
};

class ImageGradient final : public DirectGradient {
 public:
  ImageGradient(const Convolution& c, int workers)
      : DirectGradient(c, BatchTasks(divide_up(c.batch, kLanes), kWeightTasks), workers),
        band_(rows_of_gradient_band(c)),
        layout_(p_, band_),
        in_(take<Scalar>(layout_.image, workers_)),
        dy_(take<Scalar>(c.group_out() * band_ * c.out_w * kLanes, workers_)) {
    add_taps([&](Index channel, Index y, Index x) {
      return channel * layout_.channel + layout_.offset(p_, y, x);
    });
  }

  bool suits() const { return in_vectors_ && layout_.is_dense(p_); }

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    sum_tasks(scratch, dweight, [&](Index task, int worker, Index g, auto* sums) {
      if constexpr (std::is_same_v<decltype(sums), Vector*>) {  // as suits() has it
        tasks_.for_each_group(task, 1, [&](Index lanes, Index) {
          for_each_band(c_.out_h, band_, [&](const Band& band) {
            add_band(x, dy, lanes * kLanes, g, band, in_.at(scratch, worker), dy_.at(scratch, worker), sums);
          });
        });
      }
    });
  }

 private:
  static Index rows_of_gradient_band(const Convolution& c) {
    constexpr Index kBudget = 1024;  // vectors of dy in a block
    return std::clamp<Index>(kBudget / (std::min<Index>(kBlockRows, c.group_out()) * c.out_w), 1, c.out_h);
  }

  // Of as many images as there are lanes, or fewer, from the first one on.
  void add_band(const ImagesView& x, const Scalar* dy, Index first, Index g, const Band& band, Scalar* in,
                Scalar* gradient, Vector* sums) const {
    const Index images = std::min<Index>(kLanes, c_.batch - first), pixels = band.rows() * c_.out_w,
                row = band_ * c_.out_w * kLanes;
    for (Index channel = 0; channel < c_.group_in(); channel++) {
      with_plane_of_x(x, first, g, channel, [&](const Scalar* plane, const auto& through) {
        layout_.read(p_, band, plane, images, c_.in_channels * c_.in_pixels(), through,
                     in + channel * layout_.channel);
      });
    }
    for (Index channel = 0; channel < c_.group_out(); channel++) {
      read_planes({plane_of_dy(dy, first, g, channel) + band.begin * c_.out_w, images,
                   c_.out_channels * c_.out_pixels()},
                  pixels, {reinterpret_cast<Vector*>(gradient + channel * row), pixels, 0},
                  [](Index, Vector v) { return v; });
    }
    add_blocks<false>({gradient, row, c_.out_w * kLanes}, {}, {in, 0, layout_.pitch}, band.rows(), c_.out_w,
                      sums);
  }

  Index band_;
  ImageLayout layout_;
  Piece<Scalar> in_, dy_;
};

template <class Plan, class... Args>
std::unique_ptr<const ConvolutionPlan> made(const Args&... args) {
  auto plan = std::make_unique<Plan>(args...);
  if (!plan->suits()) return nullptr;
  return plan;
}

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_direct_by_images(const Convolution& c, ConvolutionPass pass,
                                                             int workers) {
  const bool fills_lanes = 2 * c.batch > divide_up(c.batch, kLanes) * kLanes;  // more than half of them
  if (!fills_lanes) return nullptr;
  if (pass == ConvolutionPass::kWeightGradient) return made<ImageGradient>(c, workers);
  if (pass == ConvolutionPass::kForward) {
    return made<ImageCorrelation>(DirectProblem::forward(c), false, workers);
  }
  return made<ImageCorrelation>(DirectProblem::input_gradient(c), true, workers);
}

}  // namespace reel::inline REEL_PRECISION::kernels

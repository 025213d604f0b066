// The direct convolution: for each output the sum over the taps, in blocks that stay in registers, over an
// input that was laid out so that each tap is a shift (direct_layout.h).
//
// By pixels, a plane of results is one long vector, or a row of it where images are large, each tap the same vector
// of the input shifted: a block of several output channels by several vectors of pixels does one broadcast
// multiply-add for each tap, and its sums go from the registers to y.
//
// By images, lane n of a vector holds a pixel of image n: however small the image no lane is empty, and at the
// border the rows and columns of the kernel beside the image are left out. That wants a batch that fills the lanes.
//
// The input gradient is the same sum with dy laid out and the kernel turned around, one for each phase of dx.
#include <algorithm>

#include <reel/core/kernels/detail/direct_layout.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// The rows of a problem in blocks for the registers, counted through all groups.
struct Units {
  RowBlocks blocks;
  Index count;
  explicit Units(const DirectProblem& p) : blocks(p.rows), count(p.groups * blocks.count) {}
  Index group(Index unit) const { return unit / blocks.count; }
  Index first(Index unit) const { return blocks.begin(unit % blocks.count); }
  Index size(Index unit) const { return blocks.size(unit % blocks.count); }
};

// The outputs that are `divisor` apart in both directions, and the taps they meet: [down][channels][across].
struct Phase {
  Index y, x, rows, columns;  // its first output; how many there are
  std::vector<TapRange> hit;  // for each row the rows of taps that it meets inside of the image
  std::vector<Index> across;  // for each column of taps the input that output 0 meets
  Index begin, taps;          // of all taps the first one; how many there are
};

// By images, the rows of a band such that it and its results stay in the second-level cache.
Index rows_of_band(const DirectProblem& p, bool by_images) {
  if (!by_images) return p.down.outputs_of(0);
  constexpr Index kInBudget = 4096, kOutBudget = 2048;  // vectors
  Index band = std::clamp<Index>(kOutBudget / (kBlockRows * p.across.outputs * p.down.divisor), 1,
                                 p.down.outputs_of(0));
  const auto size = [&](Index rows) {
    return p.channels * p.down.reach(rows) * p.down.step_out * p.across.step_out * p.across.width();
  };
  while (band > 1 && size(band) > kInBudget) band /= 2;
  return band;
}

class DirectCorrelation final : public PiecewisePlan {
 public:
  DirectCorrelation(const DirectProblem& problem, bool by_images, bool turned, int workers)
      : p_(problem),
        by_images_(by_images),
        turned_(turned),
        units_(p_),
        band_(rows_of_band(p_, by_images)),
        layout_(p_, by_images, band_),
        columns_(p_),
        copies_(!by_images && columns_.is_small()) {
    std::vector<std::vector<Index>> down, across;  // the taps of each phase
    for (Index y = 0; y < p_.down.phases(); y++) down.push_back(p_.down.taps_of(y));
    for (Index x = 0; x < p_.across.phases(); x++) across.push_back(p_.across.taps_of(x));
    for (Index y = 0; y < std::ssize(down); y++) {
      for (Index x = 0; x < std::ssize(across); x++) {
        add_phase(y, x, down[static_cast<std::size_t>(y)], across[static_cast<std::size_t>(x)]);
      }
    }
    constexpr Index kBudget = Index{1} << 16;  // scalars of images laid out at once
    constexpr Index kOutBudget = 512;          // scalars of a channel: a block stays in the first-level cache
    stretch_ = copies_ ? std::clamp<Index>(kOutBudget / (columns_.width * p_.across.phases()), 1,
                                           p_.down.outputs_of(0))
                       : 1;
    image_ = copies_ ? columns_.image : layout_.image;
    pitch_ = copies_ ? columns_.width : layout_.pitch;
    images_ = by_images ? kLanes
                        : std::clamp<Index>(kBudget / std::max<Index>(image_, 1), 1,
                                            divide_up(p_.batch, 2 * workers));
    items_ = divide_up(p_.batch, images_);
    parts_ = std::clamp<Index>(workers > 1 ? divide_up(2 * workers, items_) : 1, 1, units_.count);
    workers_ = static_cast<int>(std::min<Index>(workers, items_ * parts_));
    out_row_ = by_images ? std::min(band_ * p_.down.divisor, p_.down.outputs) * p_.across.outputs * kLanes
                         : p_.across.phases() * divide_up(stretch_ * columns_.width, kLanes) * kLanes;
    weights_ = take<Scalar>(p_.groups * p_.rows * static_cast<Index>(offsets_.size()));
    in_ = take<Scalar>((by_images ? 1 : images_) * image_ + kLanes, workers_);
    padded_ = take<Scalar>(copies_ ? layout_.channel + kLanes : 0, workers_);
    out_ = take<Scalar>(kBlockRows * out_row_ + kLanes, workers_);  // whole vectors of a last row are read
    row_ = take<Scalar>(p_.across.outputs + 2 * kLanes * p_.across.phases(), workers_);
  }

  // By pixels any shape does.
  bool suits() const { return !by_images_ || layout_.is_dense(p_); }

  void run(const ImagesView& x, const Scalar* weight, const EpilogueView& epilogue, Scalar* y,
           std::byte* scratch) const override {
    pack_weights(weight, weights_.at(scratch));
    // Each result is computed by one task, so how the work is split does not show.
    parallel_for_workers(items_ * parts_, workers_, [&](Index task, int worker) {
      const Index part = task % parts_, first = task / parts_ * images_;
      const Work work{x,
                      weights_.at(scratch),
                      y,
                      epilogue,
                      first,
                      std::min(images_, p_.batch - first),
                      in_.at(scratch, worker),
                      out_.at(scratch, worker),
                      row_.at(scratch, worker),
                      padded_.at(scratch, worker)};
      run_units(work, units_.count * part / parts_, units_.count * (part + 1) / parts_);
    });
  }

 private:
  // Some images, and the memory of the worker that is on them.
  struct Work {
    const ImagesView& x;
    const Scalar* weights;
    Scalar* y;
    const EpilogueView& epilogue;
    Index first, images;
    Scalar *in, *out, *row, *padded;
  };

  void add_phase(Index y, Index x, const std::vector<Index>& down, const std::vector<Index>& across) {
    Phase phase{
        y, x, p_.down.outputs_of(y), p_.across.outputs_of(x), {}, {}, static_cast<Index>(offsets_.size()), 0};
    const Index channel_step = turned_ ? p_.rows * p_.taps() : p_.taps();
    if (by_images_ && !down.empty()) {
      std::vector<Index> inputs;
      for (const Index u : down) inputs.push_back(p_.down.input(y, u));
      for (Index k = 0; k < phase.rows; k++) phase.hit.push_back(p_.down.hit(inputs, k, 1));
      for (const Index v : across) phase.across.push_back(p_.across.input(x, v));
    }
    for (const Index u : down) {
      const Index row = p_.down.input(y, u);
      for (Index c = 0; c < p_.channels; c++) {
        for (const Index v : across) {
          const Index column = p_.across.input(x, v);
          offsets_.push_back(copies_ ? c * columns_.channel + columns_.offset(p_, row, column)
                                     : c * layout_.channel + layout_.offset(p_, row, column));
          places_.push_back(c * channel_step + u * p_.across.taps + v);
        }
      }
    }
    phase.taps = static_cast<Index>(offsets_.size()) - phase.begin;
    phases_.push_back(std::move(phase));
  }

  // For each phase, group and block of rows: [taps][rows of the block].
  void pack_weights(const Scalar* weight, Scalar* weights) const {
    const Index row_step = turned_ ? p_.taps() : p_.channels * p_.taps();
    constexpr Index kGrain = 16384;  // weights of a piece
    parallel_for(
        units_.count, kGrain / (p_.channels * p_.taps() * kBlockRows) + 1, [&](Index begin, Index end) {
          for (Index unit = begin; unit < end; unit++) {
            const Scalar* const from = weight + units_.group(unit) * p_.rows * p_.channels * p_.taps() +
                                       units_.first(unit) * row_step;
            const Index rows = units_.size(unit);
            for (const Phase& phase : phases_) {
              Scalar* to = weights + place_of_weights(phase, unit);
              for (Index t = phase.begin; t < phase.begin + phase.taps; t++) {
                const Scalar* const tap = from + places_[static_cast<std::size_t>(t)];
                for (Index r = 0; r < rows; r++) *to++ = tap[r * row_step];
              }
            }
          }
        });
  }

  Index place_of_weights(const Phase& phase, Index unit) const {
    return phase.begin * p_.groups * p_.rows +
           (units_.group(unit) * p_.rows + units_.first(unit)) * phase.taps;
  }

  void run_units(const Work& work, Index begin, Index end) const {
    for (DirectBand band{0, 0}; band.end < p_.down.outputs_of(0); band.begin = band.end) {
      band.end = std::min(band.begin + band_, p_.down.outputs_of(0));
      Index there = -1;  // the group whose input is laid out
      for (Index unit = begin; unit < end; unit++) {
        const Index group = units_.group(unit);
        if (group != there) read(work, band, group);
        there = group;
        with_rows(units_.size(unit), [&](auto size) {
          if (by_images_) {
            run_by_images<size>(work, band, unit);
          } else {
            for (Index n = 0; n < work.images; n++) run_by_pixels<size>(work, unit, n);
          }
        });
      }
    }
  }

  void read(const Work& work, const DirectBand& band, Index group) const {
    const Index image = p_.groups * p_.channels * p_.in_pixels(), laid_out = by_images_ ? 1 : work.images;
    for (Index n = 0; n < laid_out; n++) {
      for (Index c = 0; c < p_.channels; c++) {
        const Index channel = group * p_.channels + c;
        const Scalar* const from = work.x.data + (work.first + n) * image + channel * p_.in_pixels();
        work.x.with_plane(channel, [&](const auto& through) {
          Scalar* const to = work.in + n * image_;
          if (copies_) {
            columns_.read(p_, layout_, from, through, work.padded, to + c * columns_.channel);
          } else {
            layout_.read(p_, band, from, work.images, image, through, to + c * layout_.channel);
          }
        });
      }
    }
  }

  template <int kRows>
  void run_by_images(const Work& work, const DirectBand& band, Index unit) const {
    const Index width = p_.across.outputs, divisor = p_.down.divisor;
    const Index top = band.begin * divisor, rows = std::min(band.end * divisor, p_.down.outputs) - top;
    for (const Phase& phase : phases_) {
      const Scalar* const weights = work.weights + place_of_weights(phase, unit);
      const Index columns = std::ssize(phase.across);
      for (Index k = band.begin; k < std::min(band.end, phase.rows); k++) {
        const TapRange down = phase.hit.empty() ? TapRange{0, 0} : phase.hit[static_cast<std::size_t>(k)];
        const Scalar* const in = work.in + (k - band.begin) * layout_.pitch;
        Scalar* const out = work.out + ((phase.y + k * divisor - top) * width + phase.x) * kLanes;
        for_each_block<block_width(kRows)>(phase.columns, [&](auto block, Index first) {
          const TapRange across = p_.across.hit(phase.across, first, block);
          const Index begin = down.first * p_.channels * columns + across.first,
                      runs = down.count * p_.channels;
          const bool all = across.count == columns;
          sum_block<kRows, block>(
              ListedTerms{in + first * kLanes, offsets_.data() + phase.begin + begin, weights + begin * kRows,
                          columns - across.count},
              all ? runs * columns : across.count,
              [&](int r, int v, Vector sum) __attribute__((always_inline)) {
                store(out + r * out_row_ + (first + v) * p_.across.divisor * kLanes, sum);
              },
              all ? 1 : runs);
        });
      }
    }
    const Index image = p_.groups * p_.rows * p_.out_pixels();
    for (Index r = 0; r < kRows; r++) {
      const Index channel = units_.group(unit) * p_.rows + units_.first(unit) + r;
      const Index place = work.first * image + channel * p_.out_pixels() + top * width;
      const PlaneEpilogue steps = work.epilogue.plane(channel, place);
      with_steps(work.epilogue.steps(), [&](auto known) {
        write_planes(
            {reinterpret_cast<Vector*>(work.out + r * out_row_), rows * width, 0},
            {work.y + place, work.images, image},
            rows * width, [=](Index n, Index pixel, Index number, Vector v) __attribute__((always_inline)) {
              return steps.apply<known()>(
                  v, [&] { return load_first(steps.addend + n * image + pixel, number); });
            });
      });
    }
  }

  // One phase: a plane of results is one long vector, or each of its rows is. The last part of it reaches back. The
  // sums go from the registers to y where the steps are usual.
  template <int kRows>
  void run_planes(const Work& work, Index unit, Index n) const {
    const Index channel = units_.group(unit) * p_.rows + units_.first(unit), rows = p_.down.outputs,
                plane = ((work.first + n) * p_.groups * p_.rows + channel) * p_.out_pixels();
    PlaneEpilogue steps[kRows];
    for (int r = 0; r < kRows; r++) steps[r] = work.epilogue.plane(channel + r, 0);
    const Scalar* const in = work.in + n * image_;
    const Scalar* const weights = work.weights + place_of_weights(phases_[0], unit);
    const Index pixels = copies_ ? p_.out_pixels() : p_.across.outputs;
    with_steps(pixels < kLanes ? Steps::kAny : work.epilogue.steps(), [&](auto kind) {
      constexpr bool kAtOnce = kind() != Steps::kAny;
      for (Index row = 0; row < (copies_ ? 1 : rows); row++) {
        const Index begin = row * pixels;
        const auto sum = [&](auto width, Index pixel) {
          Scalar* const out = kAtOnce ? work.y + plane + begin + pixel : work.out;
          const Index out_row = kAtOnce ? p_.out_pixels() : width * kLanes;
          sum_block<kRows, width>(
              ListedTerms{in + row * pitch_ + pixel, offsets_.data(), weights},
              phases_[0].taps, [&](int r, int v, Vector total) __attribute__((always_inline)) {
                Scalar* const to = out + r * out_row + v * kLanes;
                if constexpr (kAtOnce) {
                  store(to, steps[r].template apply<kind()>(total));
                } else {
                  store(to, total);
                }
              });
          if (!kAtOnce)
            finish(work, channel, plane, begin + pixel, kRows, std::min<Index>(width * kLanes, pixels));
        };
        for_each_block<block_width(kRows)>(pixels / kLanes,
                                           [&](auto width, Index first) { sum(width, first * kLanes); });
        if (pixels % kLanes != 0) sum(std::integral_constant<int, 1>(), std::max<Index>(pixels - kLanes, 0));
      }
    });
  }

  // The results of a block that stand in `out`, `count` pixels of each row in whole vectors.
  [[gnu::noinline]] void finish(const Work& work, Index channel, Index plane, Index pixel, Index rows,
                                Index count) const {
    const Scalar* out = work.out;
    for (Index r = 0; r < rows; r++, plane += p_.out_pixels(), out += divide_up(count, kLanes) * kLanes) {
      write_row(work.epilogue.plane(channel + r, plane), out, count, pixel, work.y + plane + pixel);
    }
  }

  template <int kRows>
  void run_by_pixels(const Work& work, Index unit, Index n) const {
    if (phases_.size() == 1) return run_planes<kRows>(work, unit, n);
    const Index columns = p_.across.phases(), run = out_row_ / columns;
    for (Index i = 0; i < static_cast<Index>(phases_.size()); i += columns) {
      const Phase* const row = &phases_[static_cast<std::size_t>(i)];
      for (DirectBand band{0, 0}; band.end < row->rows; band.begin = band.end) {
        band.end = std::min(band.begin + stretch_, row->rows);
        for (Index x = 0; x < columns; x++) {
          const Scalar* const in = work.in + n * image_ + band.begin * pitch_;
          for_each_block<block_width(kRows)>(
              divide_up(band.rows() * columns_.width, kLanes), [&](auto width, Index first) {
                Scalar* const out = work.out + x * run + first * kLanes;
                sum_block<kRows, width>(
                    ListedTerms{in + first * kLanes, offsets_.data() + row[x].begin,
                                work.weights + place_of_weights(row[x], unit)},
                    row[x].taps, [&](int r, int v, Vector sum) __attribute__((always_inline)) {
                      store(out + r * out_row_ + v * kLanes, sum);
                    });
              });
        }
        for (Index r = 0; r < kRows; r++) {
          const Index channel = units_.group(unit) * p_.rows + units_.first(unit) + r;
          write_rows(work, *row, band, n, channel, work.out + r * out_row_, run);
        }
      }
    }
  }

  // Rows of a channel that begin with this phase, from `out`, where the phases of columns stand `run` apart.
  void write_rows(const Work& work, const Phase& phase, const DirectBand& band, Index n, Index channel,
                  const Scalar* out, Index run) const {
    const Index plane = ((work.first + n) * p_.groups * p_.rows + channel) * p_.out_pixels();
    const PlaneEpilogue steps = work.epilogue.plane(channel, plane);
    const Index width = p_.across.outputs;
    for (Index k = band.begin; k < band.end; k++, out += columns_.width) {
      const Index first = (phase.y + k * p_.down.divisor) * width;
      join(out, run, work.row);
      write_row(steps, work.row, width, first, work.y + plane + first);
    }
  }

  // A row of the result from its phases, `run` apart.
  void join(const Scalar* phases, Index run, Scalar* row) const {
    const Index count = p_.across.phases(), columns = p_.across.outputs_of(0);
    if (count == 2) {
      for (Index k = 0; k < columns; k += kLanes) {
        const Vector a = load(phases + k), b = load(phases + run + k);
        store(row + 2 * k, zip_low(a, b));
        store(row + 2 * k + kLanes, zip_high(a, b));
      }
    } else {
      for (Index k = 0; k < columns; k++) {
        for (Index x = 0; x < count; x++) row[k * count + x] = phases[x * run + k];
      }
    }
  }

  // Pixel `first` of the plane and those after it; the last vector of them reaches back.
  static void write_row(const PlaneEpilogue& steps, const Scalar* from, Index count, Index first,
                        Scalar* to) {
    const auto write = [&](Index i, Index number) {
      const Vector addend = steps.addend ? load_first(steps.addend + first + i, number) : Vector{};
      store_first(to + i, steps.apply(load(from + i), addend), number);
    };
    Index i = 0;
    for (; i + kLanes <= count; i += kLanes) write(i, kLanes);
    if (i < count) write(std::max<Index>(count - kLanes, 0), std::min<Index>(count, kLanes));
  }

  DirectProblem p_;
  bool by_images_, turned_;
  int workers_;
  Units units_;
  Index band_;
  DirectLayout layout_;
  ColumnLayout columns_;
  bool copies_;  // by pixels: for each column of taps one, not rows as they stand
  std::vector<Phase> phases_;
  std::vector<Index> offsets_, places_;  // of each tap: in the input laid out, in the weights of a row
  Index images_, items_, parts_;         // images of an item, items, parts of the units
  Index image_, pitch_;                  // of what is laid out: an image; by pixels a row
  Index stretch_, out_row_;              // by pixels: rows computed at a time; scalars of a channel of `out`
  Piece<Scalar> weights_, in_, out_, row_, padded_;
};

std::unique_ptr<const ConvolutionPlan> plan_direct(const Convolution& c, ConvolutionPass pass, bool by_images,
                                                   int workers) {
  if (by_images && !fills_lanes(c.batch)) return nullptr;
  if (pass == ConvolutionPass::kWeightGradient) return plan_direct_gradient(c, by_images, workers);
  const bool turned = pass == ConvolutionPass::kInputGradient;
  const DirectProblem p = turned ? DirectProblem::input_gradient(c) : DirectProblem::forward(c);
  auto plan = std::make_unique<DirectCorrelation>(p, by_images, turned, workers);
  if (!plan->suits()) return nullptr;
  return plan;
}

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_direct_by_pixels(const Convolution& c, ConvolutionPass pass,
                                                             int workers) {
  return plan_direct(c, pass, false, workers);
}

std::unique_ptr<const ConvolutionPlan> plan_direct_by_images(const Convolution& c, ConvolutionPass pass,
                                                             int workers) {
  return plan_direct(c, pass, true, workers);
}

}  // namespace reel::inline REEL_PRECISION::kernels

// The direct convolution by pixels: vectors hold pixels of one image, for any shape.
//
// Each channel is laid out once for each column of taps, in rows as wide as the result's or as those of its phases.
// So a plane of results is one long vector, and a tap the same vector of the input, shifted by whole rows: a block of
// several output channels by several vectors of pixels does one broadcast multiply-add for each tap, and its sums go
// from the registers to y. Where an image with its copies would not fit the second-level cache there is one layout for
// all columns of taps, with a margin, and each row of results is a long vector by itself.
//
// In the weight gradient dy is read where it stands, and the lanes are added up for each block.
#include <algorithm>

#include <reel/core/kernels/detail/direct_plan.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// `count` pixels, `step` apart in a row, of which `readable` scalars may be read; each as `through` makes it.
template <class Read>
void copy_pixels(const Scalar* from, Index step, Index count, Index readable, const Read& through,
                 Scalar* to) {
  Index i = 0;
  if (step == 1 && count >= kLanes) {
    for (; i < count; i += kLanes) {
      const Index first = std::min(i, count - kLanes);
      store(to + first, through(load(from + first)));
    }
  } else if (step == 2) {
    for (; i + kLanes <= count && 2 * (i + kLanes) <= readable; i += kLanes) {
      store(to + i, through(evens(load(from + 2 * i), load(from + 2 * i + kLanes))));
    }
  }
  for (; i < count; i++) to[i] = through(from[i * step]);
}

// Where pixels stand: for each phase of rows and each line of a row [channel][phase][line] planes of rows.
struct PixelLayout {
  // Of a row of the image the pixels start, start + step, ..., with zeros beside the image.
  std::vector<Index> starts;
  bool copies;  // a line for each column of taps; else for each phase, with a margin
  Index width, plane, channel, image;

  explicit PixelLayout(const DirectProblem& p) : copies(true), width(p.across.outputs_of(0)) {
    for (Index phase = 0; phase < p.across.phases(); phase++) {
      for (const Index tap : p.across.taps_of(phase)) starts.push_back(p.across.input(phase, tap));
    }
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    measure(p);
    constexpr Index kMost = Index{1} << 18;  // scalars of an image
    if (image <= kMost) return;
    copies = false;
    width = p.across.width();
    starts.clear();
    for (Index phase = 0; phase < p.across.step_out; phase++) {
      starts.push_back(p.across.low * p.across.step_out + phase);
    }
    measure(p);
  }

  // Of the place that output 0 of a phase meets at this input of the axes.
  Index offset(const DirectProblem& p, Index y, Index x) const {
    const Index line =
        copies ? std::lower_bound(starts.begin(), starts.end(), x) - starts.begin() : p.across.input_phase(x);
    const Index along = copies ? 0 : p.across.shift(x) - p.across.low;
    return (p.down.input_phase(y) * std::ssize(starts) + line) * plane +
           (p.down.shift(y) - p.down.low) * width + along;
  }

  // Lays out one channel. The next one is asked for.
  template <class Read>
  void read(const DirectProblem& p, const Scalar* x, const Read& through, Scalar* to) const {
    const Index step = p.across.step_out, inputs = p.across.inputs;
    const Scalar* ahead = x + p.in_pixels();
    for (Index phase = 0; phase < p.down.step_out; phase++) {
      for (const Index start : starts) {
        const Index begin = std::clamp<Index>(divide_up(std::max<Index>(-start, 0), step), 0, width),
                    end =
                        std::clamp<Index>(divide_up(std::max<Index>(inputs - start, 0), step), begin, width);
        Index y = p.down.low * p.down.step_out + phase;
        for (const Scalar* const last = to + plane; to < last; to += width, y += p.down.step_out) {
          __builtin_prefetch(ahead), ahead += 64 / sizeof(Scalar);
          if (y < 0 || y >= p.down.inputs || begin == end) {
            std::fill_n(to, width, Scalar(0));
            continue;
          }
          const Index first = start + begin * step;
          for (Index i = 0; i < begin; i++) to[i] = 0;
          copy_pixels(x + y * inputs + first, step, end - begin, inputs - first, through, to + begin);
          for (Index i = end; i < width; i++) to[i] = 0;
        }
      }
    }
  }

 private:
  void measure(const DirectProblem& p) {
    plane = p.down.reach(p.down.outputs_of(0)) * width;
    channel = p.down.step_out * std::ssize(starts) * plane;
    image = p.channels * channel;
  }
};

class PixelCorrelation final : public DirectCorrelation {
 public:
  PixelCorrelation(const DirectProblem& problem, bool turned, int workers)
      : DirectCorrelation(problem, turned), layout_(p_) {
    constexpr Index kBudget = Index{1} << 16;  // scalars of images laid out at once
    constexpr Index kOutBudget = 512;          // scalars of a channel: a block stays in the first-level cache
    const Index columns = p_.across.phases(), width = p_.across.outputs_of(0);
    const Index images =
        std::clamp<Index>(kBudget / std::max<Index>(layout_.image, 1), 1, divide_up(p_.batch, 2 * workers));
    plan(images, workers,
         [&](Index c, Index y, Index x) { return c * layout_.channel + layout_.offset(p_, y, x); });
    stretch_ =
        layout_.copies ? std::clamp<Index>(kOutBudget / (width * columns), 1, p_.down.outputs_of(0)) : 1;
    run_ = divide_up(stretch_ * width, kLanes) * kLanes;
    in_ = take<Scalar>(images * layout_.image + kLanes, workers_);
    out_ = take<Scalar>(kBlockRows * std::max<Index>(columns * run_, block_width(1) * kLanes) + kLanes,
                        workers_);
    row_ = take<Scalar>(p_.across.outputs + 2 * kLanes * columns, workers_);
  }

 private:
  void run_units(const Work& work, Index begin, Index end) const override {
    Index there = -1;  // the group whose input is laid out
    for (Index unit = begin; unit < end; unit++) {
      if (group(unit) != there) read(work, there = group(unit));
      with_rows(rows_of(unit), [&](auto size) {
        for (Index n = 0; n < work.images; n++) {
          phases_.size() == 1 ? run_planes<size>(work, unit, n) : run_phases<size>(work, unit, n);
        }
      });
    }
  }

  void read(const Work& work, Index group) const {
    for (Index n = 0; n < work.images; n++) {
      Scalar* to = in(work, n);
      for (Index c = 0; c < p_.channels; c++, to += layout_.channel) {
        const Index channel = group * p_.channels + c;
        const Scalar* const from =
            work.x.data + ((work.first + n) * p_.groups * p_.channels + channel) * p_.in_pixels();
        work.x.with_plane(channel, [&](const auto& through) { layout_.read(p_, from, through, to); });
      }
    }
  }

  Scalar* in(const Work& work, Index n) const {
    return in_.at(work.scratch, work.worker) + n * layout_.image;
  }
  Index plane(const Work& work, Index n, Index channel) const {
    return ((work.first + n) * p_.groups * p_.rows + channel) * p_.out_pixels();
  }

  // One phase: a plane of results is one long vector, or each of its rows is. The last part of it reaches back. The
  // sums go from the registers to y where the steps are usual.
  template <int kRows>
  void run_planes(const Work& work, Index unit, Index n) const {
    const Index first_channel = channel(unit), place = plane(work, n, first_channel);
    PlaneEpilogue steps[kRows];
    for (int r = 0; r < kRows; r++) steps[r] = work.epilogue.plane(first_channel + r, 0);
    const Phase& phase = phases_[0];
    const Index pixels = layout_.copies ? p_.out_pixels() : p_.across.outputs;
    Scalar* const block = out_.at(work.scratch, work.worker);
    with_steps(pixels < kLanes ? Steps::kAny : work.epilogue.steps(), [&](auto kind) {
      constexpr bool kAtOnce = kind() != Steps::kAny;
      const Scalar* from = in(work, n);
      for (Index begin = 0; begin < p_.out_pixels(); begin += pixels, from += layout_.width) {
        const auto sum = [&](auto width, Index pixel) {
          Scalar* const out = kAtOnce ? work.y + place + begin + pixel : block;
          const Index out_row = kAtOnce ? p_.out_pixels() : width * kLanes;
          sum_block<kRows, width>(
              ListedTerms{from + pixel, offsets_of(phase), weights_of(work, phase, unit)},
              phase.taps, [&](int r, int v, Vector total) __attribute__((always_inline)) {
                Scalar* const to = out + r * out_row + v * kLanes;
                if constexpr (kAtOnce) {
                  store(to, steps[r].template apply<kind()>(total));
                } else {
                  store(to, total);
                }
              });
          if (!kAtOnce) {
            write_rows(work, first_channel, place, begin + pixel, kRows,
                       std::min<Index>(width * kLanes, pixels), block, out_row);
          }
        };
        for_each_block<block_width(kRows)>(pixels / kLanes,
                                           [&](auto width, Index first) { sum(width, first * kLanes); });
        if (pixels % kLanes != 0) sum(std::integral_constant<int, 1>(), std::max<Index>(pixels - kLanes, 0));
      }
    });
  }

  // Stretches of rows of all phases that begin in one row of y, which are then put together.
  template <int kRows>
  void run_phases(const Work& work, Index unit, Index n) const {
    const Index columns = p_.across.phases(), out_row = columns * run_, first_channel = channel(unit);
    Scalar *const out = out_.at(work.scratch, work.worker), *const row = row_.at(work.scratch, work.worker);
    for (Index i = 0; i < std::ssize(phases_); i += columns) {
      const Phase* const phases = &phases_[static_cast<std::size_t>(i)];
      for (Index begin = 0; begin < phases->rows; begin += stretch_) {
        const Index rows = std::min(stretch_, phases->rows - begin);
        for (Index x = 0; x < columns; x++) {
          const Phase& phase = phases[x];
          for_each_block<block_width(kRows)>(
              divide_up(rows * p_.across.outputs_of(0), kLanes), [&](auto width, Index first) {
                sum_block<kRows, width>(
                    ListedTerms{in(work, n) + begin * layout_.width + first * kLanes, offsets_of(phase),
                                weights_of(work, phase, unit)},
                    phase.taps, [&](int r, int v, Vector sum) __attribute__((always_inline)) {
                      store(out + r * out_row + x * run_ + (first + v) * kLanes, sum);
                    });
              });
        }
        for (Index k = 0; k < kRows * rows; k++) {
          const Index r = k / rows, line = k % rows;
          join(out + r * out_row + line * p_.across.outputs_of(0), row);
          const Index pixel = (phases->y + (begin + line) * p_.down.divisor) * p_.across.outputs;
          write_rows(work, first_channel + r, plane(work, n, first_channel + r), pixel, 1, p_.across.outputs,
                     row, 0);
        }
      }
    }
  }

  // A row of the result from its phases of columns, which stand run_ apart.
  void join(const Scalar* phases, Scalar* row) const {
    const Index count = p_.across.phases(), columns = p_.across.outputs_of(0);
    if (count == 2) {
      for (Index k = 0; k < columns; k += kLanes) {
        const Vector a = load(phases + k), b = load(phases + run_ + k);
        store(row + 2 * k, zip_low(a, b));
        store(row + 2 * k + kLanes, zip_high(a, b));
      }
    } else {
      for (Index k = 0; k < columns; k++) {
        for (Index x = 0; x < count; x++) row[k * count + x] = phases[x * run_ + k];
      }
    }
  }

  // `count` results of some channels, from `pixel` of their planes on, whose first begins at y + place. The last
  // vector of them reaches back.
  [[gnu::noinline]] void write_rows(const Work& work, Index channel, Index place, Index pixel, Index rows,
                                    Index count, const Scalar* from, Index from_row) const {
    for (Index r = 0; r < rows; r++, place += p_.out_pixels(), from += from_row) {
      const PlaneEpilogue steps = work.epilogue.plane(channel + r, place + pixel);
      Scalar* const to = work.y + place + pixel;
      const auto write = [&](Index i, Index number) {
        const Vector addend = steps.addend ? load_first(steps.addend + i, number) : Vector{};
        store_first(to + i, steps.apply(load(from + i), addend), number);
      };
      Index i = 0;
      for (; i + kLanes <= count; i += kLanes) write(i, kLanes);
      if (i < count) write(std::max<Index>(count - kLanes, 0), std::min<Index>(count, kLanes));
    }
  }

  PixelLayout layout_;
  Index stretch_, run_;  // rows of a phase that are computed at a time; their scalars
  Piece<Scalar> in_, out_, row_;
};

class PixelGradient final : public DirectGradient {
 public:
  PixelGradient(const Convolution& c, int workers)
      : DirectGradient(c, weight_tasks(c), workers), layout_(p_) {
    add_taps([&](Index channel, Index y, Index x) {
      return channel * layout_.channel + layout_.offset(p_, y, x);
    });
    constexpr Index kInBlock = 8192;  // scalars of dy that stay in the first-level cache
    images_ = layout_.copies ? std::clamp<Index>(kInBlock / (kBlockRows * c.out_pixels()), 1,
                                                 tasks_.group(layout_.image))
                             : 1;
    length_ = layout_.copies ? c.out_pixels() : c.out_w;
    in_ = take<Scalar>(images_ * layout_.image + kLanes, workers_);
    rest_ = take<Scalar>(images_ * (c.out_pixels() / length_) * c.group_out() * kLanes, workers_);
  }

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    sum_tasks(scratch, dweight, [&](Index task, int worker, Index g, auto* sums) {
      tasks_.for_each_group(task, images_, [&](Index first, Index images) {
        add_images(x, dy, first, images, g, in_.at(scratch, worker), rest_.at(scratch, worker), sums);
      });
    });
  }

 private:
  // Of some images: dy is a long vector for each image, or for each row of it. What whole vectors leave of them goes
  // through a copy. A long sum loses digits, so no more than some rows at a time.
  template <class Sum>
  void add_images(const ImagesView& x, const Scalar* dy, Index first, Index images, Index g, Scalar* in,
                  Scalar* rest, Sum* sums) const {
    const Index rows = c_.group_out(), left = length_ % kLanes, stretches = c_.out_pixels() / length_;
    for (Index n = 0; n < images; n++) {
      for (Index channel = 0; channel < c_.group_in(); channel++) {
        with_plane_of_x(x, first + n, g, channel, [&](const Scalar* plane, const auto& through) {
          layout_.read(p_, plane, through, in + n * layout_.image + channel * layout_.channel);
        });
      }
      for (Index i = 0; left > 0 && i < stretches * rows; i++) {
        const Scalar* const end = plane_of_dy(dy, first + n, g, i % rows) + (i / rows + 1) * length_;
        store(rest + (n * stretches * rows + i) * kLanes, load_first(end - left, left));
      }
    }
    std::fill_n(in + images * layout_.image, kLanes, Scalar(0));
    constexpr Index kMost = 4096;  // vectors of a sum
    const Index count = layout_.copies ? images : stretches,
                most = std::max<Index>(kMost * kLanes / length_, 1);
    const Index dy_step = layout_.copies ? c_.out_channels * length_ : length_,
                in_step = layout_.copies ? layout_.image : layout_.width;
    for (Index i = 0; i < count; i += most) {
      add_blocks<true>({plane_of_dy(dy, first, g, 0) + i * dy_step, c_.out_pixels(), dy_step},
                       {left > 0 ? rest + i * rows * kLanes : nullptr, kLanes, rows * kLanes},
                       {in + i * in_step, 0, in_step}, std::min(most, count - i), length_ / kLanes, sums);
    }
  }

  PixelLayout layout_;
  Index images_, length_;  // images laid out at once; pixels of a long vector
  Piece<Scalar> in_, rest_;
};

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_direct_by_pixels(const Convolution& c, ConvolutionPass pass,
                                                             int workers) {
  if (pass == ConvolutionPass::kWeightGradient) return std::make_unique<PixelGradient>(c, workers);
  if (pass == ConvolutionPass::kForward) {
    return std::make_unique<PixelCorrelation>(DirectProblem::forward(c), false, workers);
  }
  return std::make_unique<PixelCorrelation>(DirectProblem::input_gradient(c), true, workers);
}

}  // namespace reel::inline REEL_PRECISION::kernels

// What the direct convolution by pixels and that by images share: the list of taps and the weights packed for it,
// and how the work is shared out. Internal to direct_*.cpp.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/core/kernels/detail/direct_problem.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Forward, and the input gradient, which is the same sum with the kernel turned around, one for each phase of dx.
class DirectCorrelation : public PiecewisePlan {
 public:
  void run(const ImagesView& x, const Scalar* weight, const EpilogueView& epilogue, Scalar* y,
           std::byte* scratch) const final {
    pack_weights(weight, weights_.at(scratch));
    // Each result is computed by one task, so how the work is split does not show.
    parallel_for_workers(items_ * parts_, workers_, [&](Index task, int worker) {
      const Index part = task % parts_, first = task / parts_ * images_;
      const Work work{
          x, weights_.at(scratch), epilogue, y, scratch, worker, first, std::min(images_, p_.batch - first)};
      run_units(work, units() * part / parts_, units() * (part + 1) / parts_);
    });
  }

 protected:
  // Some images, and the scratch memory of the worker that is on them.
  struct Work {
    const ImagesView& x;
    const Scalar* weights;
    const EpilogueView& epilogue;
    Scalar* y;
    std::byte* scratch;
    int worker;
    Index first, images;
  };

  // The outputs that are `divisor` apart in both directions, and the taps they meet: [down][channels][across].
  struct Phase {
    Index y, x, rows, columns;        // its first output; how many there are
    std::vector<Index> down, across;  // the inputs that the first output meets
    Index begin, taps;                // of all taps the first one; how many there are
  };

  DirectCorrelation(const DirectProblem& problem, bool turned)
      : p_(problem), turned_(turned), blocks_(problem.rows) {}

  // offset(channel, y, x) is where an input stands that output 0 of a phase meets. Tasks have `images` images each.
  template <class Offset>
  void plan(Index images, int workers, const Offset& offset) {
    std::vector<std::vector<Index>> down, across;
    for (Index y = 0; y < p_.down.phases(); y++) down.push_back(p_.down.taps_of(y));
    for (Index x = 0; x < p_.across.phases(); x++) across.push_back(p_.across.taps_of(x));
    for (Index y = 0; y < std::ssize(down); y++) {
      for (Index x = 0; x < std::ssize(across); x++) {
        add_phase(y, x, down[static_cast<std::size_t>(y)], across[static_cast<std::size_t>(x)], offset);
      }
    }
    images_ = images;
    items_ = divide_up(p_.batch, images);
    parts_ = std::clamp<Index>(workers > 1 ? divide_up(2 * workers, items_) : 1, 1, units());
    workers_ = static_cast<int>(std::min<Index>(workers, items_ * parts_));
    weights_ = take<Scalar>(p_.groups * p_.rows * std::ssize(offsets_));
  }

  // The rows of the problem in blocks for the registers, counted through all groups.
  virtual void run_units(const Work& work, Index begin, Index end) const = 0;
  Index units() const { return p_.groups * blocks_.count; }
  Index group(Index unit) const { return unit / blocks_.count; }
  Index rows_of(Index unit) const { return blocks_.size(unit % blocks_.count); }
  // The first channel of y.
  Index channel(Index unit) const { return group(unit) * p_.rows + blocks_.begin(unit % blocks_.count); }

  const Scalar* weights_of(const Work& work, const Phase& phase, Index unit) const {
    return work.weights + place_of_weights(phase, unit);
  }
  const Index* offsets_of(const Phase& phase) const { return offsets_.data() + phase.begin; }

  const DirectProblem p_;
  std::vector<Phase> phases_;
  Index images_ = 1;  // of a task
  int workers_ = 1;

 private:
  template <class Offset>
  void add_phase(Index y, Index x, const std::vector<Index>& down, const std::vector<Index>& across,
                 const Offset& offset) {
    Phase phase{y, x, p_.down.outputs_of(y), p_.across.outputs_of(x), {}, {}, std::ssize(offsets_), 0};
    const Index channel_step = turned_ ? p_.rows * p_.taps() : p_.taps();
    if (down.empty() || across.empty()) return phases_.push_back(std::move(phase));
    for (const Index u : down) phase.down.push_back(p_.down.input(y, u));
    for (const Index v : across) phase.across.push_back(p_.across.input(x, v));
    for (const Index u : down) {
      for (Index c = 0; c < p_.channels; c++) {
        for (const Index v : across) {
          offsets_.push_back(offset(c, p_.down.input(y, u), p_.across.input(x, v)));
          places_.push_back(c * channel_step + u * p_.across.taps + v);
        }
      }
    }
    phase.taps = std::ssize(offsets_) - phase.begin;
    phases_.push_back(std::move(phase));
  }

  // For each phase, group and block of rows: [taps][rows of the block].
  void pack_weights(const Scalar* weight, Scalar* weights) const {
    const Index row_step = turned_ ? p_.taps() : p_.channels * p_.taps();
    constexpr Index kGrain = 16384;  // weights of a piece
    parallel_for(units(), kGrain / (p_.channels * p_.taps() * kBlockRows) + 1, [&](Index begin, Index end) {
      for (Index unit = begin; unit < end; unit++) {
        const Scalar* const from = weight + group(unit) * p_.rows * p_.channels * p_.taps() +
                                   blocks_.begin(unit % blocks_.count) * row_step;
        const Index rows = rows_of(unit);
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
    return phase.begin * p_.groups * p_.rows + channel(unit) * phase.taps;
  }

  bool turned_;
  RowBlocks blocks_;
  std::vector<Index> offsets_, places_;  // of each tap: in the input laid out, in the weights of a row
  Index items_ = 1, parts_ = 1;          // of images; each for some of the units
  Piece<Scalar> weights_;
};

/// The weight gradient: for each tap the product of dy with the shifted input. Taps that meet no pixel have zero.
class DirectGradient : public PiecewisePlan {
 protected:
  static constexpr Index kMostWeights = 32768;  // whose vectors of sums fit a cache

  DirectGradient(const Convolution& c, const BatchTasks& tasks, int workers)
      : c_(c),
        p_(DirectProblem::forward(c)),
        tasks_(tasks),
        parts_(std::clamp<Index>(workers > 1 ? divide_up(2 * workers, tasks.count) : 1, 1, c.groups)),
        workers_(static_cast<int>(std::min<Index>(workers, tasks.count * parts_))),
        in_vectors_(group_weights() <= kMostWeights),
        sums_(take<Vector>(in_vectors_ ? divide_up(c.groups, parts_) * group_weights() : 0, workers_)),
        partials_(take<Scalar>(c.weight_size(), tasks.count)) {}

  // offset(channel, y, x) is where an input stands that output 0 meets.
  template <class Offset>
  void add_taps(const Offset& offset) {
    const std::vector<Index> down = p_.down.taps_of(0), across = p_.across.taps_of(0);
    for (Index channel = 0; channel < c_.group_in(); channel++) {
      for (const Index u : down) {
        for (const Index v : across) {
          offsets_.push_back(offset(channel, p_.down.input(0, u), p_.across.input(0, v)));
          places_.push_back((channel * c_.kernel_h + u) * c_.kernel_w + v);
        }
      }
    }
  }

  Index group_weights() const { return c_.weight_size() / c_.groups; }

  // add(task, worker, group, sums) adds to the sums of a group, which are vectors, or scalars of large weights.
  template <class Add>
  void sum_tasks(std::byte* scratch, Scalar* dweight, const Add& add) const {
    parallel_for_workers(tasks_.count * parts_, workers_, [&](Index number, int worker) {
      const Index task = number / parts_, part = number % parts_, weights = group_weights();
      const Index begin = c_.groups * part / parts_, end = c_.groups * (part + 1) / parts_;
      Scalar* const partial = partials_.at(scratch, task) + begin * weights;
      const auto add_groups = [&](auto* sums) {
        std::fill_n(sums, (end - begin) * weights, std::remove_pointer_t<decltype(sums)>{});
        for (Index g = begin; g < end; g++) add(task, worker, g, sums + (g - begin) * weights);
      };
      if (!in_vectors_) return add_groups(partial);
      Vector* const sums = sums_.at(scratch, worker);
      add_groups(sums);
      for (Index i = 0; i < (end - begin) * weights; i++) partial[i] = sum_lanes(sums[i]);
    });
    sum_partials(partials_, scratch, tasks_.count, c_.weight_size(), dweight);
  }

  // The products of dy's rows with the taps; see dot_block. With kAsk the rows of the next block are asked for, one
  // with each block of taps.
  template <bool kAsk, class Sum>
  void add_blocks(const Stretches& dy, const Stretches& last, const Stretches& in, Index count, Index length,
                  Sum* sums) const {
    const Index taps = std::ssize(offsets_), weights = c_.group_in() * c_.taps();
    const RowBlocks blocks(c_.group_out());
    for (Index block = 0; block < blocks.count; block++) {
      with_rows(blocks.size(block), [&](auto size) {
        constexpr int kWidth = block_width(size);
        const Index row = blocks.begin(block);
        for_each_block<kWidth>(taps, [&](auto width, Index first) {
          const auto emit = [&](int r, int t, Vector sum) __attribute__((always_inline)) {
            add_to(sums[(row + r) * weights + places_[static_cast<std::size_t>(first + t)]], sum);
          };
          dot_block<size, width, kAsk>(dy.from(row), in, offsets_.data() + first, count, length, emit,
                                       last.from(row), (size + first / kWidth) * dy.row);
        });
      });
    }
  }

  // f(a plane of x, what it is read through)
  template <class F>
  void with_plane_of_x(const ImagesView& x, Index n, Index g, Index channel, F&& f) const {
    const Index c = g * c_.group_in() + channel;
    const Scalar* const plane = x.data + (n * c_.in_channels + c) * c_.in_pixels();
    x.with_plane(c, [&](const auto& through) { f(plane, through); });
  }
  const Scalar* plane_of_dy(const Scalar* dy, Index n, Index g, Index channel) const {
    return dy + (n * c_.out_channels + g * c_.group_out() + channel) * c_.out_pixels();
  }

  const Convolution c_;
  const DirectProblem p_;
  BatchTasks tasks_;  // of images, or of as many as there are lanes
  Index parts_;       // of the groups
  int workers_;
  bool in_vectors_;

 private:
  static void add_to(Vector& sum, Vector v) { sum += v; }
  static void add_to(Scalar& sum, Vector v) { sum += sum_lanes(v); }

  std::vector<Index> offsets_, places_;  // of each tap: in the input laid out, in the weights of a row
  Piece<Vector> sums_;
  Piece<Scalar> partials_;
};

}  // namespace reel::inline REEL_PRECISION::kernels

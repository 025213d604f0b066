// The weight gradient of the direct convolution: for each tap the product of dy with the shifted input
// (direct_layout.h). By pixels dy is laid out in rows as long as those of the input, zero in between, and the
// lanes are added up for each block; by images row by row, with a vector for each weight until the end.
#include <algorithm>

#include <reel/core/kernels/detail/direct_layout.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

class DirectGradient final : public PiecewisePlan {
 public:
  DirectGradient(const Convolution& c, bool by_images, int workers)
      : c_(c),
        p_(DirectProblem::forward(c)),
        by_images_(by_images),
        band_(rows_of_band(c, by_images)),
        layout_(p_, by_images, band_),
        tasks_(by_images ? BatchTasks(divide_up(c.batch, kLanes), kWeightTasks) : weight_tasks(c)) {
    const std::vector<Index> down = p_.down.taps_of(0),
                             across = p_.across.taps_of(0);  // of others it is zero
    for (Index channel = 0; channel < c.group_in(); channel++) {
      for (const Index u : down) {
        for (const Index v : across) {
          offsets_.push_back(channel * layout_.channel +
                             layout_.offset(p_, p_.down.input(0, u), p_.across.input(0, v)));
          places_.push_back((channel * c.kernel_h + u) * c.kernel_w + v);
        }
      }
    }
    parts_ = std::clamp<Index>(workers > 1 ? divide_up(2 * workers, tasks_.count) : 1, 1, c.groups);
    dy_row_ = by_images ? band_ * c.out_w * kLanes
                        : divide_up((c.out_h - 1) * layout_.pitch + c.out_w, kLanes) * kLanes;
    workers_ = static_cast<int>(std::min<Index>(workers, tasks_.count * parts_));
    const Index both = layout_.image + c.group_out() * dy_row_;
    images_ = by_images ? 1 : tasks_.group(both);
    const Index sums = divide_up(c.groups, parts_) * group_weights();
    in_ = take<Scalar>(images_ * layout_.image + kLanes, workers_);
    dy_ = take<Scalar>(images_ * c.group_out() * dy_row_, workers_);
    sums_ = take<Vector>(by_images ? sums : 0, workers_);
    partials_ = take<Scalar>(c.weight_size(), tasks_.count);
  }

  // By pixels any shape does.
  bool suits() const {
    constexpr Index kMostWeights = 32768;  // whose vectors of sums fit a cache
    return !by_images_ || (group_weights() <= kMostWeights && layout_.is_dense(p_));
  }

  void run(const Scalar* x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    parallel_for_workers(tasks_.count * parts_, workers_, [&](Index number, int worker) {
      const Index task = number / parts_, part = number % parts_;
      const Work work{x, dy, in_.at(scratch, worker), dy_.at(scratch, worker)};
      const Index begin = c_.groups * part / parts_, end = c_.groups * (part + 1) / parts_;
      const Index size = (end - begin) * group_weights();
      Scalar* const partial = partials_.at(scratch, task) + begin * group_weights();
      Vector* const sums = sums_.at(scratch, worker);
      if (by_images_) {
        std::fill_n(sums, size, Vector{});
        add_task(work, task, begin, end, sums);
        for (Index i = 0; i < size; i++) partial[i] = sum_lanes(sums[i]);
      } else {
        std::fill_n(partial, size, Scalar(0));
        add_task(work, task, begin, end, partial);
      }
    });
    sum_partials(partials_, scratch, tasks_.count, c_.weight_size(), dweight);
  }

 private:
  struct Work {
    const Scalar *x, *dy;
    Scalar *in, *gradient;  // the worker's, for what is laid out
  };

  static Index rows_of_band(const Convolution& c, bool by_images) {
    constexpr Index kBudget = 1024;  // vectors of dy in a block
    const Index row = std::min<Index>(kBlockRows, c.group_out()) * c.out_w;
    return by_images ? std::clamp<Index>(kBudget / row, 1, c.out_h) : c.out_h;
  }

  Index group_weights() const { return c_.weight_size() / c_.groups; }

  // Sums of the groups begin..end over the images of a task: vectors, of which each lane is an image's, or
  // scalars.
  template <class Sum>
  void add_task(const Work& work, Index task, Index begin, Index end, Sum* sums) const {
    tasks_.for_each_group(task, images_, [&](Index first, Index images) {
      for (Index g = begin; g < end; g++) {
        for (DirectBand band{0, 0}; band.end < c_.out_h; band.begin = band.end) {
          band.end = std::min(band.begin + band_, c_.out_h);
          const Index n = by_images_ ? first * kLanes : first,
                      number = by_images_ ? std::min<Index>(kLanes, c_.batch - n) : images;
          read(work, band, n, number, g);
          add_blocks(work, band, number, sums + (g - begin) * group_weights());
        }
      }
    });
  }

  // Lays out group g of some images, of x and of dy.
  void read(const Work& work, const DirectBand& band, Index first, Index images, Index g) const {
    const Index in_image = c_.in_channels * c_.in_pixels(), out_image = c_.out_channels * c_.out_pixels();
    for (Index n = 0; n < (by_images_ ? 1 : images); n++) {
      for (Index channel = 0; channel < c_.group_in(); channel++) {
        layout_.read(p_, band,
                     work.x + (first + n) * in_image + (g * c_.group_in() + channel) * c_.in_pixels(), images,
                     in_image, work.in + n * layout_.image + channel * layout_.channel);
      }
      for (Index channel = 0; channel < c_.group_out(); channel++) {
        const Scalar* const from =
            work.dy + (first + n) * out_image + (g * c_.group_out() + channel) * c_.out_pixels();
        Scalar* const to = work.gradient + (n * c_.group_out() + channel) * dy_row_;
        if (by_images_) {
          const Index pixels = band.rows() * c_.out_w;
          read_planes({from + band.begin * c_.out_w, images, out_image}, pixels,
                      {reinterpret_cast<Vector*>(to), pixels, 0});
        } else {
          read_with_gaps(from, to);
        }
      }
    }
    if (!by_images_) std::fill_n(work.in + images * layout_.image, kLanes, Scalar(0));
  }

  // The pixels of dy in rows as long as those of the input, zero where no pixel is.
  void read_with_gaps(const Scalar* from, Scalar* to) const {
    for (Index i = 0; i < c_.out_h; i++) {
      copy_row(from + i * c_.out_w, c_.out_w, to + i * layout_.pitch);
      const Index end = i + 1 < c_.out_h ? (i + 1) * layout_.pitch : dy_row_;
      std::fill(to + i * layout_.pitch + c_.out_w, to + end, Scalar(0));
    }
  }

  static void add(Vector& sum, Vector v) { sum += v; }
  static void add(Scalar& sum, Vector v) { sum += sum_lanes(v); }

  template <class Sum>
  void add_blocks(const Work& work, const DirectBand& band, Index images, Sum* sums) const {
    const Index taps = static_cast<Index>(offsets_.size()), weights = c_.group_in() * c_.taps();
    const RowBlocks blocks(c_.group_out());
    // Stretches: rows of a band, or whole images.
    const Index count = by_images_ ? band.rows() : images, length = by_images_ ? c_.out_w : dy_row_ / kLanes;
    const Index dy_stretch = by_images_ ? c_.out_w * kLanes : c_.group_out() * dy_row_,
                stretch = by_images_ ? layout_.pitch : layout_.image;
    for (Index block = 0; block < blocks.count; block++) {
      with_rows(blocks.size(block), [&](auto size) {
        const Index row = blocks.begin(block);
        const Stretches dy{work.gradient + row * dy_row_, dy_row_, dy_stretch};
        for_each_block<block_width(size)>(taps, [&](auto width, Index first) {
          dot_block<size, width>(
              dy, {work.in, 0, stretch}, offsets_.data() + first, count,
              length, [&](int r, int t, Vector sum) __attribute__((always_inline)) {
                add(sums[(row + r) * weights + places_[static_cast<std::size_t>(first + t)]], sum);
              });
        });
      });
    }
  }

  Convolution c_;
  DirectProblem p_;
  bool by_images_;
  int workers_;
  Index band_;
  DirectLayout layout_;
  BatchTasks tasks_;                     // of images, or of as many as there are lanes
  std::vector<Index> offsets_, places_;  // of each tap: in the input laid out, in the weights of a row
  Index parts_;                          // of the groups
  Index images_, dy_row_;                // images laid out at once; scalars of a channel of dy
  Piece<Scalar> in_, dy_;
  Piece<Vector> sums_;
  Piece<Scalar> partials_;
};

}  // namespace

std::unique_ptr<const ConvolutionPlan> plan_direct_gradient(const Convolution& c, bool by_images,
                                                            int workers) {
  auto plan = std::make_unique<DirectGradient>(c, by_images, workers);
  if (!plan->suits()) return nullptr;
  return plan;
}

}  // namespace reel::inline REEL_PRECISION::kernels

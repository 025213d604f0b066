// The weight gradient of the direct convolution: for each tap the product of dy with the shifted input
// (direct_layout.h). By pixels dy is read where it stands; by images it is laid out, and read row by row. There is
// a vector for each weight until the end, unless there are too many of them.
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
        columns_(p_),
        copies_(!by_images && columns_.is_small()),
        tasks_(by_images ? BatchTasks(divide_up(c.batch, kLanes), kWeightTasks) : weight_tasks(c)) {
    const std::vector<Index> down = p_.down.taps_of(0),
                             across = p_.across.taps_of(0);  // of others it is zero
    for (Index channel = 0; channel < c.group_in(); channel++) {
      for (const Index u : down) {
        for (const Index v : across) {
          const Index y = p_.down.input(0, u), x = p_.across.input(0, v);
          offsets_.push_back(copies_ ? channel * columns_.channel + columns_.offset(p_, y, x)
                                     : channel * layout_.channel + layout_.offset(p_, y, x));
          places_.push_back((channel * c.kernel_h + u) * c.kernel_w + v);
        }
      }
    }
    parts_ = std::clamp<Index>(workers > 1 ? divide_up(2 * workers, tasks_.count) : 1, 1, c.groups);
    dy_row_ = by_images ? band_ * c.out_w * kLanes : kLanes;
    workers_ = static_cast<int>(std::min<Index>(workers, tasks_.count * parts_));
    constexpr Index kInBlock = 8192;  // scalars of dy that stay in the first-level cache
    images_ =
        copies_ ? std::clamp<Index>(kInBlock / (kBlockRows * c.out_pixels()), 1, tasks_.group(columns_.image))
                : 1;
    const Index sums = divide_up(c.groups, parts_) * group_weights();
    in_ = take<Scalar>((copies_ ? images_ * columns_.image : layout_.image) + kLanes, workers_);
    padded_ = take<Scalar>(copies_ ? layout_.channel + kLanes : 0, workers_);
    dy_ = take<Scalar>((by_images || copies_ ? images_ : c.out_h) * c.group_out() * dy_row_, workers_);
    sums_ = take<Vector>(in_vectors() ? sums : 0, workers_);
    partials_ = take<Scalar>(c.weight_size(), tasks_.count);
  }

  // By pixels any shape does.
  bool suits() const { return !by_images_ || (group_weights() <= kMostWeights && layout_.is_dense(p_)); }

  void run(const ImagesView& x, const Scalar* dy, const EpilogueView&, Scalar* dweight,
           std::byte* scratch) const override {
    parallel_for_workers(tasks_.count * parts_, workers_, [&](Index number, int worker) {
      const Index task = number / parts_, part = number % parts_;
      const Work work{x, dy, in_.at(scratch, worker), dy_.at(scratch, worker), padded_.at(scratch, worker)};
      const Index begin = c_.groups * part / parts_, end = c_.groups * (part + 1) / parts_;
      const Index size = (end - begin) * group_weights();
      Scalar* const partial = partials_.at(scratch, task) + begin * group_weights();
      Vector* const sums = sums_.at(scratch, worker);
      if (!in_vectors()) {
        std::fill_n(partial, size, Scalar(0));
        return add_task<false>(work, task, begin, end, partial);
      }
      std::fill_n(sums, size, Vector{});
      if (by_images_) {
        add_task<true>(work, task, begin, end, sums);
      } else {
        add_task<false>(work, task, begin, end, sums);
      }
      for (Index i = 0; i < size; i++) partial[i] = sum_lanes(sums[i]);
    });
    sum_partials(partials_, scratch, tasks_.count, c_.weight_size(), dweight);
  }

 private:
  static constexpr Index kMostWeights = 32768;  // whose vectors of sums fit a cache

  struct Work {
    const ImagesView& x;
    const Scalar* dy;
    Scalar *in, *gradient, *padded;  // the worker's, for what is laid out
  };

  static Index rows_of_band(const Convolution& c, bool by_images) {
    constexpr Index kBudget = 1024;  // vectors of dy in a block
    const Index row = std::min<Index>(kBlockRows, c.group_out()) * c.out_w;
    return by_images ? std::clamp<Index>(kBudget / row, 1, c.out_h) : c.out_h;
  }

  Index group_weights() const { return c_.weight_size() / c_.groups; }
  // Where sums of several groups of images are added.
  bool in_vectors() const {
    return by_images_ || (group_weights() <= kMostWeights && images_ < tasks_.images);
  }

  // Sums of the groups begin..end over the images of a task: vectors, or scalars.
  template <bool kImages, class Sum>
  void add_task(const Work& work, Index task, Index begin, Index end, Sum* sums) const {
    tasks_.for_each_group(task, images_, [&](Index first, Index images) {
      for (Index g = begin; g < end; g++) {
        if constexpr (kImages) {
          add_images(work, first * kLanes, g, sums + (g - begin) * group_weights());
        } else if (copies_) {
          add_planes(work, first, images, g, sums + (g - begin) * group_weights());
        } else {
          add_rows(work, first, g, sums + (g - begin) * group_weights());
        }
      }
    });
  }

  // Of group g of kLanes images, or as many as there are from the first one on, band by band.
  void add_images(const Work& work, Index first, Index g, Vector* sums) const {
    const Index images = std::min<Index>(kLanes, c_.batch - first),
                in_image = c_.in_channels * c_.in_pixels(), out_image = c_.out_channels * c_.out_pixels();
    for (DirectBand band{0, 0}; band.end < c_.out_h; band.begin = band.end) {
      band.end = std::min(band.begin + band_, c_.out_h);
      for (Index channel = 0; channel < c_.group_in(); channel++) {
        with_plane_of_x(work, first, g, channel, [&](const Scalar* x, const auto& through) {
          layout_.read(p_, band, x, images, in_image, through, work.in + channel * layout_.channel);
        });
      }
      const Index pixels = band.rows() * c_.out_w;
      for (Index channel = 0; channel < c_.group_out(); channel++) {
        read_planes({plane_of_dy(work, first, g, channel) + band.begin * c_.out_w, images, out_image}, pixels,
                    {reinterpret_cast<Vector*>(work.gradient + channel * dy_row_), pixels, 0},
                    [](Index, Vector v) { return v; });
      }
      add_blocks<false>({work.gradient, dy_row_, c_.out_w * kLanes}, {}, {work.in, 0, layout_.pitch},
                        band.rows(), c_.out_w, sums);
    }
  }

  // Of group g of some images: dy is one long vector, and what is left of it is laid out.
  template <class Sum>
  void add_planes(const Work& work, Index first, Index images, Index g, Sum* sums) const {
    const Index pixels = c_.out_pixels(), left = pixels % kLanes, rows = c_.group_out();
    for (Index n = 0; n < images; n++) {
      for (Index channel = 0; channel < c_.group_in(); channel++) {
        with_plane_of_x(work, first + n, g, channel, [&](const Scalar* x, const auto& through) {
          columns_.read(p_, layout_, x, through, work.padded,
                        work.in + n * columns_.image + channel * columns_.channel);
        });
      }
      for (Index channel = 0; left > 0 && channel < rows; channel++) {
        store(work.gradient + (n * rows + channel) * kLanes,
              load_first(plane_of_dy(work, first + n, g, channel) + pixels - left, left));
      }
    }
    std::fill_n(work.in + images * columns_.image, kLanes, Scalar(0));
    add_blocks<true>({plane_of_dy(work, first, g, 0), pixels, c_.out_channels * pixels},
                     {left > 0 ? work.gradient : nullptr, kLanes, rows * kLanes},
                     {work.in, 0, columns_.image}, images, pixels / kLanes, sums);
  }

  // Of group g of an image, row by row, as add_planes; some at a time, for a long sum loses digits.
  template <class Sum>
  void add_rows(const Work& work, Index image, Index g, Sum* sums) const {
    constexpr Index kMost = 4096;  // vectors of a sum
    const Index width = c_.out_w, left = width % kLanes, rows = c_.group_out();
    const Scalar* const dy = plane_of_dy(work, image, g, 0);
    for (Index channel = 0; channel < c_.group_in(); channel++) {
      with_plane_of_x(work, image, g, channel, [&](const Scalar* x, const auto& through) {
        layout_.read(p_, {0, c_.out_h}, x, 1, 0, through, work.in + channel * layout_.channel);
      });
    }
    std::fill_n(work.in + layout_.image, kLanes, Scalar(0));
    for (Index i = 0; left > 0 && i < c_.out_h * rows; i++) {
      const Scalar* const end = dy + i % rows * c_.out_pixels() + (i / rows + 1) * width;
      store(work.gradient + i * kLanes, load_first(end - left, left));
    }
    const Index most = std::max<Index>(kMost * kLanes / width, 1);
    for (Index row = 0; row < c_.out_h; row += most) {
      add_blocks<true>({dy + row * width, c_.out_pixels(), width},
                       {left > 0 ? work.gradient + row * rows * kLanes : nullptr, kLanes, rows * kLanes},
                       {work.in + row * layout_.pitch, 0, layout_.pitch}, std::min(most, c_.out_h - row),
                       width / kLanes, sums);
    }
  }

  // f(a plane of x, what it is read through)
  template <class F>
  void with_plane_of_x(const Work& work, Index n, Index g, Index channel, F&& f) const {
    const Index c = g * c_.group_in() + channel;
    const Scalar* const plane = work.x.data + (n * c_.in_channels + c) * c_.in_pixels();
    work.x.with_plane(c, [&](const auto& through) { f(plane, through); });
  }
  const Scalar* plane_of_dy(const Work& work, Index n, Index g, Index channel) const {
    return work.dy + (n * c_.out_channels + g * c_.group_out() + channel) * c_.out_pixels();
  }

  static void add(Vector& sum, Vector v) { sum += v; }
  static void add(Scalar& sum, Vector v) { sum += sum_lanes(v); }

  // The products of dy's rows with the taps. With kAsk the rows of the next block are asked for, one with each
  // block of taps.
  template <bool kAsk, class Sum>
  void add_blocks(const Stretches& dy, const Stretches& last, const Stretches& in, Index count, Index length,
                  Sum* sums) const {
    const Index taps = static_cast<Index>(offsets_.size()), weights = c_.group_in() * c_.taps();
    const RowBlocks blocks(c_.group_out());
    for (Index block = 0; block < blocks.count; block++) {
      with_rows(blocks.size(block), [&](auto size) {
        constexpr int kWidth = block_width(size);
        const Index row = blocks.begin(block);
        for_each_block<kWidth>(taps, [&](auto width, Index first) {
          const auto emit = [&](int r, int t, Vector sum) __attribute__((always_inline)) {
            add(sums[(row + r) * weights + places_[static_cast<std::size_t>(first + t)]], sum);
          };
          dot_block<size, width, kAsk>(dy.from(row), in, offsets_.data() + first, count, length, emit,
                                       last.from(row), (size + first / kWidth) * dy.row);
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
  ColumnLayout columns_;
  bool copies_;                          // by pixels: for each column of taps one, not rows as they stand
  BatchTasks tasks_;                     // of images, or of as many as there are lanes
  std::vector<Index> offsets_, places_;  // of each tap: in the input laid out, in the weights of a row
  Index parts_;                          // of the groups
  Index images_, dy_row_;                // images laid out at once; scalars of a channel of dy
  Piece<Scalar> in_, dy_, padded_;
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

// Lays channels out as phases with a margin, and runs blocks of rows over them.
#include <reel/core/kernels/detail/planes.h>

#include <algorithm>
#include <array>

#include <reel/core/kernels/detail/plane_window.h>
#include <reel/core/kernels/detail/register_block.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

constexpr Index kMaxStride = 4;  // phases are kMaxStride squared at most

Index vectors_of(Index scalars) { return (scalars + kLanes - 1) / kLanes; }

// The input laid out for forward and for the weight gradient: for each channel one plane for each phase.
struct InputLayout {
  Index rows, pitch;            // of a plane
  Index plane, channel, image;  // scalars
  Index run, vectors;           // from the first output pixel to the last

  explicit InputLayout(const Convolution& c) {
    rows = c.out_h + (c.kernel_h - 1) * c.dilation_h / c.stride_h;
    pitch = c.out_w + (c.kernel_w - 1) * c.dilation_w / c.stride_w;
    plane = rows * pitch;
    channel = plane * c.stride_h * c.stride_w;
    image = channel * c.in_channels;
    run = (c.out_h - 1) * pitch + c.out_w;
    vectors = vectors_of(run);
  }

  // Of each tap of one group, in the order of the weights.
  void write_offsets(const Convolution& c, Index* offsets) const {
    for (Index channel_in = 0; channel_in < c.group_in(); channel_in++) {
      for (Index u = 0; u < c.kernel_h * c.dilation_h; u += c.dilation_h) {
        for (Index v = 0; v < c.kernel_w * c.dilation_w; v += c.dilation_w) {
          const Index phase = u % c.stride_h * c.stride_w + v % c.stride_w;
          *offsets++ = channel_in * channel + phase * plane + u / c.stride_h * pitch + v / c.stride_w;
        }
      }
    }
  }

  // `to` holds zeros where there is padding.
  void write_image(const Convolution& c, const Scalar* x, Scalar* to) const {
    for (Index channel_in = 0; channel_in < c.in_channels; channel_in++, x += c.in_pixels()) {
      for (Index y = 0; y < c.stride_h; y++) {
        for (Index q = 0; q < c.stride_w; q++, to += plane) {
          gather({y - c.top, q - c.left, c.stride_h, c.stride_w, rows, pitch, pitch}, x, c.in_h, c.in_w, to);
        }
      }
    }
  }
};

// out[g][row][p] = sum over the taps t of weights[g][row][t] in[g][offsets[t] + p]: the work on one image, or
// on one phase of it.
struct Correlation {
  Index groups, rows, taps, vectors;
  Index in_group, in_image;  // scalars from one group or image of the input to the next
  const Index* offsets;
  Scalar* weights;  // for each group and block of rows: [taps][rows of the block]

  // From weight[g][row][tap], which is at g group_step + row row_step + places[tap].
  void pack_weights(const Scalar* weight, Index group_step, Index row_step, const Index* places) const {
    const RowBlocks blocks(rows);
    Scalar* to = weights;
    for (Index g = 0; g < groups; g++, weight += group_step) {
      for (Index b = 0; b < blocks.count; b++) {
        const Scalar* from = weight + blocks.begin(b) * row_step;
        const Index size = blocks.size(b);
        for (Index t = 0; t < taps; t++) {
          for (Index r = 0; r < size; r++) *to++ = from[r * row_step + places[t]];
        }
      }
    }
  }

  // Calls emit(image, channel, plane) for each result; `out` has room for one block of rows.
  template <class Emit>
  void run(const Scalar* in, Index images, Scalar* out, Emit&& emit) const {
    const RowBlocks blocks(rows);
    const Index pitch = vectors * kLanes;
    for (Index g = 0; g < groups; g++) {
      for (Index b = 0; b < blocks.count; b++) {
        const Index first = g * rows + blocks.begin(b);
        with_rows(blocks.size(b), [&](auto size) {
          for (Index n = 0; n < images; n++) {
            correlate_run<size>(in + n * in_image + g * in_group, offsets, weights + first * taps, taps,
                                vectors, out, pitch);
            for (int r = 0; r < size; r++) emit(n, first + r, out + r * pitch);
          }
        });
      }
    }
  }
};

// ---- Forward

struct ForwardPlan {
  InputLayout layout;
  BatchTasks tasks;
  Index group, in_size, out_size;  // images laid out at once; scalars of scratch for each task
  Index *offsets, *places;
  Scalar *weights, *in, *out;

  ForwardPlan(const Convolution& c, Workspace& workspace) : layout(c), tasks(c.batch, kImageTasks) {
    const Index taps = c.group_in() * c.taps();
    group = tasks.group(layout.image);
    in_size = group * layout.image + kLanes;  // a run is rounded up to whole vectors
    out_size = kBlockRows * layout.vectors * kLanes;
    offsets = workspace.take<Index>(taps);
    places = workspace.take<Index>(taps);
    weights = workspace.take<Scalar>(c.weight_size());
    in = workspace.take<Scalar>(in_size * tasks.count);
    out = workspace.take<Scalar>(out_size * tasks.count);
  }
};

// ---- Input gradient

// dy laid out with a margin, and the window of dx that each phase gives.
struct InputGradientPlan {
  Index reach_h, reach_w, first_y, first_x;  // margins; the first row and column of a phase that is in dx
  Index rows, columns, pitch, plane, image, vectors, phases;
  BatchTasks tasks;
  Index group, in_size, out_size;
  std::array<Index, kMaxStride * kMaxStride + 1> first_tap{};  // of each phase
  Index *offsets, *places;
  Scalar *weights, *in, *out;

  InputGradientPlan(const Convolution& c, Workspace& workspace) : tasks(c.batch, kImageTasks) {
    reach_h = (c.kernel_h - 1) * c.dilation_h / c.stride_h;
    reach_w = (c.kernel_w - 1) * c.dilation_w / c.stride_w;
    first_y = c.top / c.stride_h;
    first_x = c.left / c.stride_w;
    rows = (c.top + c.in_h - 1) / c.stride_h - first_y + 1;
    columns = (c.left + c.in_w - 1) / c.stride_w - first_x + 1;
    pitch = columns + reach_w;
    plane = (rows + reach_h) * pitch;
    image = plane * c.out_channels;
    vectors = vectors_of((rows - 1) * pitch + columns);
    phases = c.stride_h * c.stride_w;
    group = tasks.group(image);
    in_size = group * image + kLanes;
    out_size = kBlockRows * vectors * kLanes;
    offsets = workspace.take<Index>(c.group_out() * c.taps());
    places = workspace.take<Index>(c.group_out() * c.taps());
    weights = workspace.take<Scalar>(c.weight_size());
    in = workspace.take<Scalar>(in_size * tasks.count);
    out = workspace.take<Scalar>(out_size * tasks.count);
  }

  Correlation phase(const Convolution& c, Index number) const {
    const Index begin = first_tap[static_cast<std::size_t>(number)];
    const Index end = first_tap[static_cast<std::size_t>(number + 1)];
    return {c.groups,
            c.group_in(),
            end - begin,
            vectors,
            plane * c.group_out(),
            image,
            offsets + begin,
            weights + begin * c.in_channels};
  }

  void write_taps(const Convolution& c) {
    Index tap = 0;
    for (Index number = 0; number < phases; number++) {
      first_tap[static_cast<std::size_t>(number)] = tap;
      for (Index channel = 0; channel < c.group_out(); channel++) {
        for (Index k = 0; k < c.taps(); k++) {
          const Index u = k / c.kernel_w * c.dilation_h, v = k % c.kernel_w * c.dilation_w;
          if (u % c.stride_h * c.stride_w + v % c.stride_w != number) continue;
          offsets[tap] = channel * plane + (reach_h - u / c.stride_h) * pitch + reach_w - v / c.stride_w;
          places[tap++] = channel * c.group_in() * c.taps() + k;
        }
      }
    }
    first_tap[static_cast<std::size_t>(phases)] = tap;
  }

  PlaneWindow margin() const {
    return {first_y - reach_h, first_x - reach_w, 1, 1, rows + reach_h, pitch, pitch};
  }
  PlaneWindow result(const Convolution& c, Index number) const {
    return {first_y * c.stride_h + number / c.stride_w - c.top,
            first_x * c.stride_w + number % c.stride_w - c.left,
            c.stride_h,
            c.stride_w,
            rows,
            columns,
            pitch};
  }
};

// ---- Weight gradient

struct PlaneGradientPlan {
  InputLayout layout;
  BatchTasks tasks;
  Index group, dy_channel, dy_image, in_size, dy_size;
  Index* offsets;
  Scalar *in, *dy, *partial;

  PlaneGradientPlan(const Convolution& c, Workspace& workspace)
      : layout(c), tasks(weight_tasks(c.batch, c.work())) {
    dy_channel = layout.vectors * kLanes;
    dy_image = dy_channel * c.out_channels;
    group = tasks.group(layout.image + dy_image);
    in_size = group * layout.image + kLanes;
    dy_size = group * dy_image;
    offsets = workspace.take<Index>(c.group_in() * c.taps());
    in = workspace.take<Scalar>(in_size * tasks.count);
    dy = workspace.take<Scalar>(dy_size * tasks.count);
    partial = workspace.take<Scalar>(c.weight_size() * tasks.count);
  }

  // The share of `images` images that are laid out at `x` and `gradient`, added to `sum`.
  void add(const Convolution& c, const Scalar* x, const Scalar* gradient, Index images, Scalar* sum) const {
    const Index taps = c.group_in() * c.taps();
    const RowBlocks blocks(c.group_out());
    for (Index g = 0; g < c.groups; g++) {
      for (Index b = 0; b < blocks.count; b++) {
        const Index first = g * c.group_out() + blocks.begin(b);
        with_rows(blocks.size(b), [&](auto size) {
          gradient_taps<size>({gradient + first * dy_channel, dy_image, dy_channel},
                              {x + g * c.group_in() * layout.channel, layout.image, layout.channel}, offsets,
                              taps, images, layout.vectors, sum + first * taps, taps);
        });
      }
    }
  }
};

}  // namespace

bool planes_suit(const Convolution& c, ConvolutionPass pass) {
  if (c.stride_h > kMaxStride || c.stride_w > kMaxStride) return false;
  Workspace none;
  constexpr Index kWorst = 3, kSmall = 4096;  // scalars computed, or laid out, for each one that counts
  if (pass == ConvolutionPass::kInputGradient) {
    const InputGradientPlan plan(c, none);
    return plan.phases * plan.vectors * kLanes <= kWorst * c.in_pixels() &&
           plan.plane <= kWorst * c.out_pixels() + kSmall;
  }
  const PlaneGradientPlan plan(c, none);
  const InputLayout& layout = plan.layout;
  // A register block's sums over lanes must be few beside its multiply-adds.
  constexpr Index kRun = 24;
  if (pass == ConvolutionPass::kWeightGradient && plan.group * layout.vectors < kRun) return false;
  return layout.vectors * kLanes <= kWorst * c.out_pixels() &&
         layout.channel <= kWorst * c.in_pixels() + kSmall;
}

std::size_t planes_workspace(const Convolution& c, ConvolutionPass pass) {
  Workspace count;
  switch (pass) {
    case ConvolutionPass::kForward:
      ForwardPlan(c, count);
      break;
    case ConvolutionPass::kInputGradient:
      InputGradientPlan(c, count);
      break;
    case ConvolutionPass::kWeightGradient:
      PlaneGradientPlan(c, count);
      break;
  }
  return count.bytes();
}

void planes_forward(const Convolution& c, const Scalar* x, const Scalar* weight, const EpilogueView& epilogue,
                    Scalar* y, void* block) {
  Workspace workspace(block);
  const ForwardPlan plan(c, workspace);
  const InputLayout& layout = plan.layout;
  const Index taps = c.group_in() * c.taps();
  const Correlation correlation{
      c.groups,     c.group_out(), taps,        layout.vectors, layout.channel * c.group_in(),
      layout.image, plan.offsets,  plan.weights};
  layout.write_offsets(c, plan.offsets);
  for (Index t = 0; t < taps; t++) plan.places[t] = t;
  correlation.pack_weights(weight, c.group_out() * taps, taps, plan.places);
  const PlaneWindow result{0, 0, 1, 1, c.out_h, c.out_w, layout.pitch};
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* in = plan.in + task * plan.in_size;
    std::fill_n(in, plan.in_size, Scalar(0));
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index n = 0; n < images; n++) {
        layout.write_image(c, x + (first + n) * c.in_channels * c.in_pixels(), in + n * layout.image);
      }
      correlation.run(in, images, plan.out + task * plan.out_size,
                      [&](Index n, Index channel, Scalar* plane) {
                        const Index place = ((first + n) * c.out_channels + channel) * c.out_pixels();
                        scatter(result, plane, epilogue.plane(channel, place), y + place, c.out_h, c.out_w);
                      });
    });
  });
}

void planes_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight, const Scalar* bias,
                           Scalar* dx, void* block) {
  Workspace workspace(block);
  InputGradientPlan plan(c, workspace);
  plan.write_taps(c);
  for (Index number = 0; number < plan.phases; number++) {
    const Correlation phase = plan.phase(c, number);
    phase.pack_weights(weight, c.group_out() * c.group_in() * c.taps(), c.taps(),
                       plan.places + (phase.offsets - plan.offsets));
  }
  const PlaneWindow margin = plan.margin();
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* in = plan.in + task * plan.in_size;
    std::fill_n(in, plan.in_size, Scalar(0));
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index plane = 0; plane < images * c.out_channels; plane++) {
        gather(margin, dy + (first * c.out_channels + plane) * c.out_pixels(), c.out_h, c.out_w,
               in + plane * plan.plane);
      }
      Scalar* images_dx = dx + first * c.in_channels * c.in_pixels();
      for (Index number = 0; number < plan.phases; number++) {
        const PlaneWindow result = plan.result(c, number);
        plan.phase(c, number).run(
            in, images, plan.out + task * plan.out_size, [&](Index n, Index channel, Scalar* plane) {
              scatter(result, plane, {.bias = bias ? bias[channel] : 0},
                      images_dx + (n * c.in_channels + channel) * c.in_pixels(), c.in_h, c.in_w);
            });
      }
    });
  });
}

void planes_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                            void* block) {
  Workspace workspace(block);
  const PlaneGradientPlan plan(c, workspace);
  const InputLayout& layout = plan.layout;
  layout.write_offsets(c, plan.offsets);
  const PlaneWindow gaps{0, 0, 1, 1, c.out_h, c.out_w, layout.pitch};
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* in = plan.in + task * plan.in_size;
    Scalar* gradient = plan.dy + task * plan.dy_size;
    Scalar* sum = plan.partial + task * c.weight_size();
    std::fill_n(in, plan.in_size, Scalar(0));
    std::fill_n(gradient, plan.dy_size, Scalar(0));
    std::fill_n(sum, c.weight_size(), Scalar(0));
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index n = 0; n < images; n++) {
        layout.write_image(c, x + (first + n) * c.in_channels * c.in_pixels(), in + n * layout.image);
      }
      for (Index plane = 0; plane < images * c.out_channels; plane++) {
        gather(gaps, dy + (first * c.out_channels + plane) * c.out_pixels(), c.out_h, c.out_w,
               gradient + plane * plan.dy_channel);
      }
      plan.add(c, in, gradient, images, sum);
    });
  });
  sum_partials(plan.partial, plan.tasks.count, c.weight_size(), dweight);
}

}  // namespace reel::inline REEL_PRECISION::kernels

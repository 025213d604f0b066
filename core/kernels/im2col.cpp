// Copies the pixels under each tap to a row of a matrix, for several images at once.
#include <reel/core/kernels/detail/im2col.h>

#include <algorithm>

#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/workspace.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Scratch of a task: the columns of a group of images, and their outputs or gradients as
// [channels of a group, images x pixels].
struct Im2colPlan {
  Index taps, group, pitch;  // rows of the columns; images at once; columns
  BatchTasks tasks;
  Index columns_size, pixels_size;
  Scalar *columns, *pixels, *partial = nullptr;

  Im2colPlan(const Convolution& c, ConvolutionPass pass, Workspace& workspace)
      : tasks(pass == ConvolutionPass::kWeightGradient ? weight_tasks(c.batch, c.work())
                                                       : BatchTasks(c.batch, kImageTasks)) {
    taps = c.group_in() * c.taps();
    group = tasks.group((taps + c.group_out()) * c.out_pixels());
    pitch = group * c.out_pixels();
    columns_size = taps * pitch;
    pixels_size = c.group_out() * pitch;
    columns = workspace.take<Scalar>(columns_size * tasks.count);
    pixels = workspace.take<Scalar>(pixels_size * tasks.count);
    if (pass == ConvolutionPass::kWeightGradient) {
      partial = workspace.take<Scalar>(c.weight_size() * tasks.count);
    }
  }
};

// For the rows of one image's columns calls f(row of the columns, first of the output row's pixels, where the
// row starts in the image, first input column, output columns inside of the image).
template <class F>
void for_each_segment(const Convolution& c, F&& f) {
  for (Index channel = 0, row = 0; channel < c.group_in(); channel++) {
    for (Index u = 0; u < c.kernel_h; u++) {
      for (Index v = 0; v < c.kernel_w; v++, row++) {
        const Index x0 = v * c.dilation_w - c.left;
        const Index begin = std::min(x0 < 0 ? (-x0 + c.stride_w - 1) / c.stride_w : 0, c.out_w);
        const Index end =
            x0 < c.in_w ? std::clamp((c.in_w - 1 - x0) / c.stride_w + 1, begin, c.out_w) : begin;
        for (Index i = 0; i < c.out_h; i++) {
          const Index y = i * c.stride_h + u * c.dilation_h - c.top;
          const bool inside = y >= 0 && y < c.in_h;
          f(row, i * c.out_w, (channel * c.in_h + y) * c.in_w + x0, begin, inside ? end : begin);
        }
      }
    }
  }
}

// `x` is the first channel of a group of one image, `columns` the image's first column.
void image_to_columns(const Convolution& c, const Scalar* x, Scalar* columns, Index pitch) {
  for_each_segment(c, [&](Index row, Index pixel, Index start, Index begin, Index end) {
    Scalar* to = columns + row * pitch + pixel;
    std::fill(to, to + begin, Scalar(0));
    for (Index j = begin; j < end; j++) to[j] = x[start + j * c.stride_w];
    std::fill(to + end, to + c.out_w, Scalar(0));
  });
}

void add_columns_to_image(const Convolution& c, const Scalar* columns, Index pitch, Scalar* dx) {
  for_each_segment(c, [&](Index row, Index pixel, Index start, Index begin, Index end) {
    const Scalar* from = columns + row * pitch + pixel;
    for (Index j = begin; j < end; j++) dx[start + j * c.stride_w] += from[j];
  });
}

// The outputs of one group: [channels, images x pixels] from and to the images [N, C, pixels].
void pixels_from_images(const Convolution& c, const Scalar* y, Index images, Scalar* pixels, Index pitch) {
  for (Index n = 0; n < images; n++) {
    for (Index channel = 0; channel < c.group_out(); channel++) {
      std::copy_n(y + (n * c.out_channels + channel) * c.out_pixels(), c.out_pixels(),
                  pixels + channel * pitch + n * c.out_pixels());
    }
  }
}

// From channel `first_channel` of image `first` on.
void pixels_to_images(const Convolution& c, const Scalar* pixels, Index pitch, const EpilogueView& epilogue,
                      Index first, Index first_channel, Index images, Scalar* y) {
  for (Index n = 0; n < images; n++) {
    for (Index channel = 0; channel < c.group_out(); channel++) {
      const Scalar* from = pixels + channel * pitch + n * c.out_pixels();
      const Index c_out = first_channel + channel;
      const Index place = ((first + n) * c.out_channels + c_out) * c.out_pixels();
      const PlaneEpilogue steps = epilogue.plane(c_out, place);
      for (Index p = 0; p < c.out_pixels(); p++) y[place + p] = steps.apply(from[p], p);
    }
  }
}

}  // namespace

std::size_t im2col_workspace(const Convolution& c, ConvolutionPass pass) {
  Workspace count;
  Im2colPlan(c, pass, count);
  return count.bytes();
}

void im2col_forward(const Convolution& c, const Scalar* x, const Scalar* weight, const EpilogueView& epilogue,
                    Scalar* y, void* block) {
  Workspace workspace(block);
  const Im2colPlan plan(c, ConvolutionPass::kForward, workspace);
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* columns = plan.columns + task * plan.columns_size;
    Scalar* pixels = plan.pixels + task * plan.pixels_size;
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index g = 0; g < c.groups; g++) {
        for (Index n = 0; n < images; n++) {
          const Index channel = (first + n) * c.in_channels + g * c.group_in();
          image_to_columns(c, x + channel * c.in_pixels(), columns + n * c.out_pixels(), plan.pitch);
        }
        const Index channel = g * c.group_out();
        gemm(false, false, c.group_out(), images * c.out_pixels(), plan.taps, weight + channel * plan.taps,
             plan.taps, columns, plan.pitch, pixels, plan.pitch, false);
        pixels_to_images(c, pixels, plan.pitch, epilogue, first, channel, images, y);
      }
    });
  });
}

void im2col_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight, const Scalar* bias,
                           Scalar* dx, void* block) {
  Workspace workspace(block);
  const Im2colPlan plan(c, ConvolutionPass::kInputGradient, workspace);
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* columns = plan.columns + task * plan.columns_size;
    Scalar* pixels = plan.pixels + task * plan.pixels_size;
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index plane = 0; plane < images * c.in_channels; plane++) {
        std::fill_n(dx + (first * c.in_channels + plane) * c.in_pixels(), c.in_pixels(),
                    bias ? bias[plane % c.in_channels] : 0);
      }
      for (Index g = 0; g < c.groups; g++) {
        const Index channel = g * c.group_out();
        pixels_from_images(c, dy + (first * c.out_channels + channel) * c.out_pixels(), images, pixels,
                           plan.pitch);
        gemm(true, false, plan.taps, images * c.out_pixels(), c.group_out(), weight + channel * plan.taps,
             plan.taps, pixels, plan.pitch, columns, plan.pitch, false);
        for (Index n = 0; n < images; n++) {
          const Index channel_in = (first + n) * c.in_channels + g * c.group_in();
          add_columns_to_image(c, columns + n * c.out_pixels(), plan.pitch, dx + channel_in * c.in_pixels());
        }
      }
    });
  });
}

void im2col_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                            void* block) {
  Workspace workspace(block);
  const Im2colPlan plan(c, ConvolutionPass::kWeightGradient, workspace);
  parallel_for(plan.tasks.count, 1, [&](Index task, Index) {
    Scalar* columns = plan.columns + task * plan.columns_size;
    Scalar* pixels = plan.pixels + task * plan.pixels_size;
    Scalar* sum = plan.partial + task * c.weight_size();
    std::fill_n(sum, c.weight_size(), Scalar(0));
    plan.tasks.for_each_group(task, plan.group, [&](Index first, Index images) {
      for (Index g = 0; g < c.groups; g++) {
        for (Index n = 0; n < images; n++) {
          const Index channel = (first + n) * c.in_channels + g * c.group_in();
          image_to_columns(c, x + channel * c.in_pixels(), columns + n * c.out_pixels(), plan.pitch);
        }
        const Index channel = g * c.group_out();
        pixels_from_images(c, dy + (first * c.out_channels + channel) * c.out_pixels(), images, pixels,
                           plan.pitch);
        gemm(false, true, c.group_out(), plan.taps, images * c.out_pixels(), pixels, plan.pitch, columns,
             plan.pitch, sum + channel * plan.taps, plan.taps, true);
      }
    });
  });
  sum_partials(plan.partial, plan.tasks.count, c.weight_size(), dweight);
}

}  // namespace reel::inline REEL_PRECISION::kernels

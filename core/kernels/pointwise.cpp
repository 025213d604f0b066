// The three products of a 1x1 convolution, each one matrix product an image.
#include <reel/core/kernels/detail/pointwise.h>

#include <algorithm>

#include <reel/core/kernels/detail/elementwise.h>
#include <reel/core/kernels/detail/gemm.h>
#include <reel/core/kernels/detail/plane_window.h>
#include <reel/core/kernels/detail/workspace.h>
#include <reel/core/parallel.h>

namespace reel::inline REEL_PRECISION::kernels {
namespace {

// Whether the kernel passes pixels over: between its steps, or at the end as the input of a transposed
// convolution with output padding does.
bool skips_pixels(const Convolution& c) { return c.in_h != c.out_h || c.in_w != c.out_w; }

// The pixels of a plane that the kernel hits, one after another.
PlaneWindow hit_pixels(const Convolution& c) {
  return {0, 0, c.stride_h, c.stride_w, c.out_h, c.out_w, c.out_w};
}

struct PointwisePlan {
  BatchTasks tasks;
  Index copy_size;   // scalars
  Scalar* copies;    // for each worker the hit pixels of an image, where it passes some over
  Scalar* partials;  // for each task a sum of weight gradients

  PointwisePlan(const Convolution& c, ConvolutionPass pass, Workspace& workspace)
      : tasks(weight_tasks(c.batch, c.work())) {
    copy_size = skips_pixels(c) ? c.in_channels * c.out_pixels() : 0;
    copies = workspace.take<Scalar>(c.workers * copy_size);
    partials =
        workspace.take<Scalar>(pass == ConvolutionPass::kWeightGradient ? tasks.count * c.weight_size() : 0);
  }

  // The pixels of image n as a matrix [in, out_pixels].
  const Scalar* pixels(const Convolution& c, const Scalar* x, Index n, int worker) const {
    const Scalar* image = x + n * c.in_channels * c.in_pixels();
    if (!skips_pixels(c)) return image;
    Scalar* const copy = copies + worker * copy_size;
    for (Index i = 0; i < c.in_channels; i++) {
      gather(hit_pixels(c), image + i * c.in_pixels(), c.in_h, c.in_w, copy + i * c.out_pixels());
    }
    return copy;
  }
};

// A single image is shared out inside of its product.
auto product_of(const Convolution& c) { return c.batch > 1 ? gemm_on_one_thread : gemm; }

}  // namespace

bool pointwise_suits(const Convolution& c, ConvolutionPass) {
  return c.taps() == 1 && c.groups == 1 && c.top == 0 && c.left == 0 && (c.out_h - 1) * c.stride_h < c.in_h &&
         (c.out_w - 1) * c.stride_w < c.in_w;
}

std::size_t pointwise_workspace(const Convolution& c, ConvolutionPass pass) {
  Workspace count;
  PointwisePlan(c, pass, count);
  return count.bytes();
}

void pointwise_forward(const Convolution& c, const Scalar* x, const Scalar* weight,
                       const EpilogueView& epilogue, Scalar* y, void* block) {
  Workspace workspace(block);
  const PointwisePlan plan(c, ConvolutionPass::kForward, workspace);
  parallel_for_workers(c.batch, c.workers, [&](Index n, int worker) {
    const Index pixels = c.out_pixels();
    const Index first = n * c.out_channels * pixels;
    const Scalar* bias = epilogue.bias;
    Scalar* image = y + first;
    for (Index o = 0; bias && o < c.out_channels; o++) std::fill_n(image + o * pixels, pixels, bias[o]);
    product_of(c)(false, false, c.out_channels, pixels, c.in_channels, weight, c.in_channels,
                  plan.pixels(c, x, n, worker), pixels, image, pixels, bias);
    if (!epilogue.map.mean) return finish(image, image, epilogue.plane(0, first), c.out_channels * pixels);
    for (Index o = 0; o < c.out_channels; o++) {
      finish(image + o * pixels, image + o * pixels, epilogue.plane(o, first + o * pixels), pixels);
    }
  });
}

void pointwise_input_gradient(const Convolution& c, const Scalar* dy, const Scalar* weight,
                              const Scalar* bias, Scalar* dx, void* block) {
  Workspace workspace(block);
  const PointwisePlan plan(c, ConvolutionPass::kInputGradient, workspace);
  parallel_for_workers(c.batch, c.workers, [&](Index n, int worker) {
    const Index pixels = c.out_pixels();
    Scalar* const image = dx + n * c.in_channels * c.in_pixels();
    Scalar* const result = skips_pixels(c) ? plan.copies + worker * plan.copy_size : image;
    for (Index i = 0; i < c.in_channels; i++) {  // what no output reaches stays so
      if (bias || skips_pixels(c)) std::fill_n(image + i * c.in_pixels(), c.in_pixels(), bias ? bias[i] : 0);
    }
    product_of(c)(true, false, c.in_channels, pixels, c.out_channels, weight, c.in_channels,
                  dy + n * c.out_channels * pixels, pixels, result, pixels, bias && !skips_pixels(c));
    for (Index i = 0; skips_pixels(c) && i < c.in_channels; i++) {
      scatter(hit_pixels(c), result + i * pixels, {.bias = bias ? bias[i] : 0}, image + i * c.in_pixels(),
              c.in_h, c.in_w);
    }
  });
}

void pointwise_weight_gradient(const Convolution& c, const Scalar* x, const Scalar* dy, Scalar* dweight,
                               void* block) {
  Workspace workspace(block);
  const PointwisePlan plan(c, ConvolutionPass::kWeightGradient, workspace);
  parallel_for_workers(plan.tasks.count, c.workers, [&](Index task, int worker) {
    const Index pixels = c.out_pixels();
    Scalar* const sum = plan.partials + task * c.weight_size();
    plan.tasks.for_each_group(task, 1, [&](Index n, Index) {
      product_of(c)(false, true, c.out_channels, c.in_channels, pixels, dy + n * c.out_channels * pixels,
                    pixels, plan.pixels(c, x, n, worker), pixels, sum, c.in_channels,
                    n > task * plan.tasks.images);
    });
  });
  sum_partials(plan.partials, plan.tasks.count, c.weight_size(), dweight);
}

}  // namespace reel::inline REEL_PRECISION::kernels

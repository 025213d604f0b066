// The textbook's loops: convolution, pooling and matrix products written to be read, the oracle of the fast
// ones. Sums are taken in double. Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapter 7, has the
// names. A ShapeError where shapes do not fit.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION::reference {

/// Cross-correlation of one image X [H,W] with one kernel K [h,w]: Y [H-h+1,W-w+1],
/// Y[i,j] = sum over u, v of X[i+u,j+v] K[u,v].
Tensor corr2d(const Tensor& x, const Tensor& k);
/// The convolution of mathematics: corr2d with the kernel turned by 180 degrees.
Tensor conv2d_flipped(const Tensor& x, const Tensor& k);
/// Several input channels, X [C,H,W], K [C,h,w]: the sum of corr2d over the channels.
Tensor corr2d_multi_in(const Tensor& x, const Tensor& k);
/// Several output channels, X [C,H,W], K [C_out,C,h,w] -> [C_out,H-h+1,W-w+1].
Tensor corr2d_multi_in_out(const Tensor& x, const Tensor& k);
/// The same for K [C_out,C,1,1] by one matrix product over the channels.
Tensor corr2d_multi_in_out_1x1(const Tensor& x, const Tensor& k);

/// The ops conv2d, conv_transpose2d, max_pool2d, avg_pool2d and matmul (of two matrices) on tensors; an
/// undefined bias is none.
Tensor conv2d(const Located<Tensor>& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});
Tensor conv_transpose2d(const Located<Tensor>& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});
Tensor max_pool2d(const Located<Tensor>& x, Size2 kernel, const MaxPool2dOptions& options = {});
Tensor avg_pool2d(const Located<Tensor>& x, Size2 kernel, const AvgPool2dOptions& options = {});
Tensor matmul(const Tensor& a, const Tensor& b);

/// Gradients of sum(conv2d(x, weight, bias, options) * dy).
struct Conv2dGradients {
  Tensor x, weight, bias;
};
Conv2dGradients conv2d_gradients(const Located<Tensor>& x, const Tensor& weight, const Tensor& dy,
                                 const Conv2dOptions& options = {});
/// Gradient of sum(max_pool2d(x, kernel, options) * dy), and of avg_pool2d.
Tensor max_pool2d_gradient(const Located<Tensor>& x, const Tensor& dy, Size2 kernel,
                           const MaxPool2dOptions& options = {});
Tensor avg_pool2d_gradient(const Located<Tensor>& x, const Tensor& dy, Size2 kernel,
                           const AvgPool2dOptions& options = {});

}  // namespace reel::inline REEL_PRECISION::reference

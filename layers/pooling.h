// Pooling layers: x [N,C,H,W] -> [N,C,H',W'].
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// The largest of each window, as max_pool2d().
class MaxPool2d : public Layer {
 public:
  explicit MaxPool2d(Size2 kernel, MaxPool2dOptions options = {}, Location where = {});
  MaxPool2d(Size2 kernel, Index stride, Location where = {})
      : MaxPool2d(kernel, MaxPool2dOptions{.stride = stride}, where) {}
  Var forward(Var x) override { return max_pool2d(x, kernel_, options_); }

 private:
  Size2 kernel_;
  MaxPool2dOptions options_;
};

/// The mean of each window, as avg_pool2d().
class AvgPool2d : public Layer {
 public:
  explicit AvgPool2d(Size2 kernel, AvgPool2dOptions options = {}, Location where = {});
  AvgPool2d(Size2 kernel, Index stride, Location where = {})
      : AvgPool2d(kernel, AvgPool2dOptions{.stride = stride}, where) {}
  Var forward(Var x) override { return avg_pool2d(x, kernel_, options_); }

 private:
  Size2 kernel_;
  AvgPool2dOptions options_;
};

/// The means of windows that cover the input, as adaptive_avg_pool2d(): [N,C,H,W] -> [N,C,output.h,output.w].
class AdaptiveAvgPool2d : public Layer {
 public:
  explicit AdaptiveAvgPool2d(Size2 output, Location where = {});
  Var forward(Var x) override { return adaptive_avg_pool2d(x, output_); }

 private:
  Size2 output_;
};

/// The mean of each channel: [N,C,H,W] -> [N,C,1,1].
class GlobalAvgPool2d : public Layer {
 public:
  Var forward(Var x) override { return global_avg_pool2d(x); }
};

}  // namespace reel::inline REEL_PRECISION

// The activation functions as layers, for Sequential. See the ops of the same names.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

class ReLU : public Layer {
 public:
  Var forward(Var x) override { return relu(x); }
};

class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(Located<Scalar> negative_slope = Scalar(0.01));
  Var forward(Var x) override { return leaky_relu(x, negative_slope_); }

 private:
  Scalar negative_slope_;
};

class GELU : public Layer {
 public:
  Var forward(Var x) override { return gelu(x); }
};

class SiLU : public Layer {
 public:
  Var forward(Var x) override { return silu(x); }
};

class Softplus : public Layer {
 public:
  explicit Softplus(Located<Scalar> beta = Scalar(1), Scalar threshold = 20);
  Var forward(Var x) override { return softplus(x, beta_, threshold_); }

 private:
  Scalar beta_, threshold_;
};

class ELU : public Layer {
 public:
  explicit ELU(Located<Scalar> alpha = Scalar(1));
  Var forward(Var x) override { return elu(x, alpha_); }

 private:
  Scalar alpha_;
};

class Hardswish : public Layer {
 public:
  Var forward(Var x) override { return hardswish(x); }
};

class Mish : public Layer {
 public:
  Var forward(Var x) override { return mish(x); }
};

class Sigmoid : public Layer {
 public:
  Var forward(Var x) override { return sigmoid(x); }
};

class Tanh : public Layer {
 public:
  Var forward(Var x) override { return tanh(x); }
};

}  // namespace reel::inline REEL_PRECISION

// An op of a program's own that has one input and may bear any name.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <reel/core/ops/ops.h>

namespace reel_test {

// y = 2 x, and no word of why.
class OwnOp : public reel::Op {
 public:
  explicit OwnOp(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  reel::Tensor forward(std::span<const reel::Tensor> inputs) override { return doubled(inputs[0]); }
  void backward(reel::BackwardPass& pass) override { pass.add(0, doubled(pass.dy())); }

 private:
  static reel::Tensor doubled(const reel::Tensor& x) {
    reel::Tensor y = x.clone();
    for (reel::Scalar& value : y.mutable_values()) value *= 2;
    return y;
  }

  std::string name_;
};

inline reel::Var own_op(std::string name, reel::Var x) {
  return x.tape().apply(std::make_unique<OwnOp>(std::move(name)), {x});
}

}  // namespace reel_test

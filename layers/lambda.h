// A function as a part of a network.
#pragma once

#include <functional>
#include <utility>

#include <reel/core/location.h>
#include <reel/core/option_check.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Sequential{Conv2d{1, 6, 5}, Lambda{[](Var x) { return x * 2; }}}: any function of one Var. It has no parameters. An
/// empty function is an Error.
class Lambda : public Module {
 public:
  explicit Lambda(std::function<Var(Var)> f, Location where = {}) : f_(std::move(f)) {
    OptionCheck("Lambda", where).require(static_cast<bool>(f_), "the function is empty");
  }
  Var forward(Var x) override { return f_(std::move(x)); }

 private:
  std::function<Var(Var)> f_;
};

}  // namespace reel::inline REEL_PRECISION

// Modules one after another.
#pragma once

#include <string>
#include <utility>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// Sequential{Conv2d{1, 6, 5}, ReLU{}, Flatten{}}: each part gets what the one before it gave. The parts are
/// named "0", "1", ... (Sequential{Sequential{..}} is the inner one: C++ makes one object of them.
/// push_back() nests a single one.)
class Sequential : public Layer {
 public:
  template <std::derived_from<Module>... M>
  explicit Sequential(M... modules) {
    (push_back(std::move(modules)), ...);
  }

  /// Adds a part at the end.
  template <std::derived_from<Module> M>
  M& push_back(M module) {
    return add(std::to_string(children().size()), std::move(module));
  }

  Var forward(Var x) override {
    for (Module* part : children()) x = (*part)(std::move(x));
    return x;
  }
};

}  // namespace reel::inline REEL_PRECISION

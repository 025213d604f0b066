// Modules one after another.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/layers/module.h>
#include <reel/layers/nested.h>

namespace reel::inline REEL_PRECISION {

/// Sequential{Conv2d{1, 6, 5}, ReLU{}, Flatten{}}: each part gets what the one before it gave. The parts are
/// named "0", "1", ... push_back() nests a single Sequential: Sequential{Sequential{..}} is an Error with
/// g++, and the inner one with clang, which makes one object of them.
class Sequential : public Layer {
 public:
  template <std::derived_from<Module>... M>
  explicit Sequential(M... modules) {
    (push_back(std::move(modules)), ...);
  }

  explicit Sequential(std::initializer_list<detail::Nested<Sequential>> parts, Location where = {}) {
    if (parts.size() == 1) {
      throw Error(
          fmt::format("Sequential ({}): one Sequential alone in braces may be meant to nest or to move; nest "
                      "it by push_back(), move it by = or in parentheses",
                      Scope::resolve(where).text()));
    }
    for (const auto& part : parts) push_back(std::move(part.module));
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

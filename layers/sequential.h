// Modules one after another.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// A part of a Sequential with a name of its own: NamedModule{"conv", Conv2d{1, 6, 5}}.
template <std::derived_from<Module> M>
struct NamedModule {
  Located<std::string> name;
  M module;
};
template <class M>
NamedModule(const char*, M) -> NamedModule<M>;

namespace detail {
template <class T>
constexpr bool kIsPart = std::derived_from<T, Module>;
template <class M>
constexpr bool kIsPart<NamedModule<M>> = true;
}  // namespace detail

/// Sequential{Conv2d{1, 6, 5}, ReLU{}, Flatten{}}: each part gets what the one before it gave. The parts are
/// named "0", "1", ..., or as NamedModule says. (Sequential{Sequential{..}} is the inner one: C++ makes one object of them.
/// push_back() nests a single one.)
class Sequential : public Layer {
 public:
  template <class... Part>
  requires(...&& detail::kIsPart<Part>) explicit Sequential(Part... parts) {
    (push_back(std::move(parts)), ...);
  }

  /// Adds a part at the end.
  template <std::derived_from<Module> M>
  M& push_back(M module) {
    return push_back(NamedModule<M>{std::to_string(parts_.size()), std::move(module)});
  }
  template <std::derived_from<Module> M>
  M& push_back(NamedModule<M> part) {
    M& module = add(part.name, std::move(part.module));
    parts_.push_back(&module);
    return module;
  }

  Var forward(Var x) override {
    for (Module* part : parts_) x = (*part)(std::move(x));
    return x;
  }

 private:
  std::vector<Module*> parts_;
};

}  // namespace reel::inline REEL_PRECISION

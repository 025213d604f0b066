// The residual connection.
#pragma once

#include <reel/core/ops/ops.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// y = body(x) + shortcut(x), where the shortcut is x itself unless given, as for a body that changes the
/// shape. The parts are named "body" and "shortcut". He et al., arXiv:1512.03385. (Residual{Residual{..}} is
/// the inner one: C++ makes one object of them. Residual{Sequential{Residual{..}}} nests.)
class Residual : public Layer {
 public:
  template <std::derived_from<Module> Body>
  explicit Residual(Body body) : body_(add("body", std::move(body))) {}

  template <std::derived_from<Module> Body, std::derived_from<Module> Shortcut>
  Residual(Body body, Shortcut shortcut)
      : body_(add("body", std::move(body))), shortcut_(&add("shortcut", std::move(shortcut))) {}

  Var forward(Var x) override { return add(body_(x), shortcut_ ? (*shortcut_)(x) : x); }

 private:
  Module& body_;
  Module* shortcut_ = nullptr;
};

}  // namespace reel::inline REEL_PRECISION

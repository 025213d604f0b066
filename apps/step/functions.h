// The functions that a lesson's program may call: leaves, layers and the ops of core/ops/ops.h.
#pragma once

#include <span>
#include <string_view>

#include "step/arguments.h"

namespace reel::apps {

struct Function {
  std::string_view signature;  ///< "conv2d(x, weight, bias=None, stride=1)", names and defaults as in PyTorch
  Value (*call)(const Arguments& arguments);

  std::string_view name() const { return signature.substr(0, signature.find('(')); }
};

std::span<const Function> functions();
/// The function of a call; an unknown one is a FormatError that suggests the nearest.
const Function& function_called(const Expression& call);

}  // namespace reel::apps

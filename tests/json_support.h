// What inspection writes as JSON, to look into it.
#pragma once

#include <nlohmann/json.hpp>

#include <reel/core/inspect/detail/json.h>

namespace reel_test {

using Parsed = nlohmann::json;

inline Parsed parsed(const reel::inspect::Json& json) { return Parsed::parse(json.text()); }

}  // namespace reel_test

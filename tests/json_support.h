// What inspection writes as JSON, to look into it.
#pragma once

#include <nlohmann/json.hpp>

#include <reel/core/inspect/json.h>

namespace reel_test {

inline nlohmann::json parsed(const reel::inspect::Json& json) { return nlohmann::json::parse(json.text()); }

}  // namespace reel_test

// What this machine is, for the head of a table.
#pragma once

#include <string>

namespace reel::apps {

/// "AMD EPYC 7513 32-Core Processor", or "unknown processor" where the system does not tell.
std::string processor();

}  // namespace reel::apps

// Runs another program and reads what it prints.
#pragma once

#include <string>
#include <vector>

namespace reel::apps {

/// What `command`, a program and its arguments, prints to stdout. Waits for its end; an exit status other
/// than 0 is a std::runtime_error. Its stderr is this program's.
std::string output_of(const std::vector<std::string>& command);

}  // namespace reel::apps

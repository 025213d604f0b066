// Finds another program, runs it and reads what it prints.
#pragma once

#include <string>
#include <vector>

namespace reel::apps {

/// The path of a program in the folder of this one; empty where it is not there.
std::string program_beside(const std::string& name);

/// What `command`, a program and its arguments, prints to stdout; its stdin is the file `input`, its stderr this
/// program's. Waits for its end; an exit status other than 0 is a std::runtime_error.
std::string output_of(const std::vector<std::string>& command, const std::string& input = "/dev/null");

}  // namespace reel::apps

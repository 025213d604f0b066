// What every program has in common: its flags and its exit status.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

namespace reel::apps {

/// Flags that were understood one by one but do not go together; ends the program with status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Groups of flags that have no part in what a training comes to; see Settings.
inline constexpr const char *kFiles = "Files", *kHowItRuns = "How it runs";

struct CommonFlags {
  int threads = 0;  ///< 0: as many as there are cores
  std::uint64_t seed = 1;
};

/// Adds --threads and --seed.
void add_common_flags(CLI::App& app, CommonFlags& flags);
/// Adds --data, which REEL_DATA sets where the flag is absent.
CLI::Option* add_data_flag(CLI::App& app, std::string& directory);

/// Checks of CLI11 for a finite number, which its own let pass: above 0; not below `least`, nor above `most`.
CLI::Validator positive_number();
CLI::Validator number_from(double least);
CLI::Validator number_in(double least, double most);

/// A path, which is not empty.
CLI::Validator path_name();

/// Sets the number of threads and seeds the generator.
void apply_common_flags(const CommonFlags& flags);

/// Parses the command line and runs `body`. Returns what `body` does, 0 after --help, 1 after an error of the
/// work (one line on stderr) or where standard output could not be written whole, 2 after wrong usage (one
/// line, and where to read on).
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

}  // namespace reel::apps

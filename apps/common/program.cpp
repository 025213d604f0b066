#include "common/program.h"

#include <exception>

#include <fmt/format.h>

#include <reel/core/parallel.h>
#include <reel/core/random.h>

namespace reel::apps {

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--threads", flags.threads, "Threads to compute with; the result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->default_str("all cores");
  app.add_option("--seed", flags.seed, "Seed of everything random")->capture_default_str();
}

CLI::Option* add_data_flag(CLI::App& app, std::string& directory) {
  return app.add_option("--data", directory, "Folder of the data files")->envname("REEL_DATA");
}

void apply_common_flags(const CommonFlags& flags) {
  if (flags.threads > 0) set_num_threads(flags.threads);
  seed(flags.seed);
}

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  const std::string name = app.get_name();
  const auto wrong_usage = [&](const std::string& message) {
    fmt::print(stderr, "{}: {}; see {} --help\n", name, message, name);
    return 2;
  };
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::Success& success) {  // --help
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  } catch (const UsageError& error) {
    return wrong_usage(error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace reel::apps

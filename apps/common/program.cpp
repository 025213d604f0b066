#include "common/program.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include <reel/core/parallel.h>
#include <reel/core/random.h>
#include <reel/core/run/interrupt.h>
#include <reel/core/text/detail/parse.h>

#include "common/output.h"
#include "common/processes.h"

namespace reel::apps {
namespace {

CLI::Validator finite_number(const std::function<bool(double)>& holds, const std::string& demand,
                             const std::string& help) {
  const auto check = [=](const std::string& text) {
    double value = 0;
    const bool right = CLI::detail::lexical_cast(text, value) && std::isfinite(value) && holds(value);
    return right ? "" : fmt::format("{} is not {}", text, demand);
  };
  return {check, help};
}

// CLI11 itself takes -1 for 2^64 - 1 and cuts what is larger.
CLI::Validator whole_number() {
  const auto check = [](const std::string& text) {
    return parsed<std::uint64_t>(text) ? ""
                                       : fmt::format("{} is not a whole number from 0 to 2^64 - 1", text);
  };
  return {check, ""};
}

}  // namespace

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--threads", flags.threads, "Threads to compute with; the result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->group(kHowItRuns)
      ->default_str("all cores");
  app.add_option("--seed", flags.seed, "Seed of everything random")
      ->check(whole_number())
      ->capture_default_str();
}

CLI::Validator positive_number() {
  return finite_number([](double x) { return x > 0; }, "a positive number", "POSITIVE");
}

CLI::Validator number_from(double least) {
  return finite_number([=](double x) { return x >= least; }, fmt::format("a number of {} or more", least),
                       fmt::format("{} or more", least));
}

CLI::Validator number_in(double least, double most) {
  return finite_number([=](double x) { return x >= least && x <= most; },
                       fmt::format("a number from {} to {}", least, most),
                       fmt::format("{} to {}", least, most));
}

CLI::Option* add_data_flag(CLI::App& app, std::string& directory) {
  return app.add_option("--data", directory, "Folder of the data files")
      ->envname("REEL_DATA")
      ->check(path_name())
      ->group(kFiles);
}

void apply_common_flags(const CommonFlags& flags) {
  set_num_threads(flags.threads > 0 ? flags.threads : share_of_threads());
  seed(flags.seed);
}

CLI::Validator path_name() {
  const auto check = [](const std::string& path) {
    return path.empty() ? "a path is expected, this one is empty; is a shell variable unset?" : "";
  };
  return {check, ""};
}

namespace {

// An error that all processes may have is told by the first: mpirun ends the others a second after it has left. One
// that is still there then tells its own.
void let_first_speak() {
  if (processes().rank() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
}

// Parses and works; the exit status. Each message is one line.
int parse_and_run(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  const std::string name = app.get_name();
  const auto wrong_usage = [&](const std::string& message) {
    let_first_speak();
    if (!repeats_the_first()) complain("{}: {}; see {} --help", speaker(name), message, name);
    return 2;
  };
  try {
    join_processes({argv, argv + argc});
    app.parse(argc, argv);
    return body();
  } catch (const CLI::Success& success) {  // --help
    std::ostringstream help;
    const int status = app.exit(success, help, help);
    print_text("{}", help.str());
    return status;
  } catch (const CLI::ExtrasError&) {
    return wrong_usage(fmt::format("{} is not understood", app.remaining().front()));
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  } catch (const UsageError& error) {
    return wrong_usage(error.what());
  } catch (const Interrupted&) {
    return InterruptGuard::exit_status();
  } catch (const DisagreementError& error) {
    let_first_speak();
    if (processes().rank() == 0) complain("{}: {}", speaker(name), error.what());
    return 1;
  } catch (const std::exception& error) {
    let_first_speak();
    if (processes().rank() == 0 || !InterruptGuard::requested())
      complain("{}: {}", speaker(name), error.what());
    return 1;
  }
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  open_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk, no death
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // a pipe or a file sees each line when it is printed
  const int status = parse_and_run(app, argc, argv, body);
  const std::string failure = output_failure();
  if (failure.empty()) return leave_processes(status);
  complain("{}: standard output is not whole: {}", speaker(app.get_name()), failure);
  return leave_processes(status == 0 ? 1 : status);
}

}  // namespace reel::apps

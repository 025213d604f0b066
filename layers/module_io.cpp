#include <reel/layers/module_io.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Counters of batch norm as PyTorch takes them: one that is missing keeps its value (files from before
// version 0.4.1 have none), and one that half() or float() has converted is an integer again.
void restore_counters(const State& own, State& found) {
  for (const auto& [name, value] : own.integers) {
    if (!name.ends_with(kCounterSuffix)) continue;
    const auto tensor = found.tensors.find(name);
    if (tensor == found.tensors.end()) {
      found.integers.emplace(name, value);
    } else if (tensor->second.numel() == 1 && tensor->second.dim() <= 1) {
      const Scalar number = std::as_const(tensor->second).item();
      if (!(std::abs(number) < Scalar(0x1p53))) continue;  // NaN, too: it does not fit, check_state says
      found.integers.emplace(name, static_cast<std::int64_t>(number));
      found.tensors.erase(tensor);
    }
  }
}

// Gives `found` the names of `own`, no more and no fewer, and lists what that took.
template <class T>
void match_names(const std::map<std::string, T>& own, std::map<std::string, T>& found, LoadReport& report) {
  for (const auto& [name, value] : own) {
    if (found.emplace(name, value).second) report.missing.push_back(name);
  }
  std::erase_if(found, [&](const auto& item) {
    const bool unexpected = !own.contains(item.first);
    if (unexpected) report.unexpected.push_back(item.first);
    return unexpected;
  });
}

}  // namespace

void save(const ModuleBase& module, const std::string& path) { write_safetensors(path, module.state()); }

std::string LoadReport::text() const {
  const auto listed = [](const std::vector<std::string>& names) {
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
  };
  return fmt::format("missing: {}; unexpected: {}", listed(missing), listed(unexpected));
}

std::ostream& operator<<(std::ostream& os, const LoadReport& report) { return os << report.text(); }

LoadReport load(ModuleBase& module, const std::string& path, LoadOptions options) {
  return load(module, read_safetensors(path), path, options);
}

LoadReport load(ModuleBase& module, Safetensors file, const std::string& path, LoadOptions options) {
  if (is_checkpoint(file))
    throw FormatError(path + ": this is a checkpoint of a training; load_checkpoint() reads it");
  const State own = module.state();
  restore_counters(own, file.state);
  LoadReport report;
  if (!options.strict) {
    match_names(own.tensors, file.state.tensors, report);
    match_names(own.integers, file.state.integers, report);
  }
  check_state(own, file.state, path);
  module.load_state(file.state);
  if (!file.with_nan.empty()) {
    const std::string warning =
        fmt::format("{}: there are NaNs in {}; they are loaded, and whatever they reach will be NaN", path,
                    fmt::join(file.with_nan, ", "));
    fmt::print(stderr, "warning: {}\n", one_line(warning));
  }
  return report;
}

}  // namespace reel::inline REEL_PRECISION

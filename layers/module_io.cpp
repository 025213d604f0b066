#include <reel/layers/module_io.h>

#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/checkpoint.h>
#include <reel/core/io/safetensors.h>

namespace reel::inline REEL_PRECISION {

void save(const Module& module, const std::string& path) { write_safetensors(path, module.state()); }

void load(Module& module, const std::string& path) {
  const Safetensors file = read_safetensors(path);
  if (is_checkpoint(file))
    throw FormatError(path + ": this is a checkpoint of a training; load_checkpoint() reads it");
  check_state(module.state(), file.state, path);
  module.load_state(file.state);
  if (!file.with_nan.empty()) {
    fmt::print(stderr,
               "warning: {}: there are NaNs in {}; they are loaded, and whatever they reach will be NaN\n",
               path, fmt::join(file.with_nan, ", "));
  }
}

}  // namespace reel::inline REEL_PRECISION

// Prints the bytes of a tape.
#include <reel/core/tape_memory.h>

#include <string_view>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

std::string TapeMemory::text() const {
  std::string table;
  const auto line = [&](std::string_view purpose, Index bytes) {
    table += fmt::format("{:<19} {:>10.2f} MiB\n", purpose, static_cast<double>(bytes) / (1 << 20));
  };
  line("parameters", parameters);
  line("parameter gradients", parameter_gradients);
  line("inputs", inputs);
  line("activations", activations);
  line("saved by ops", saved);
  line("gradients", gradients);
  line("total", total());
  return table;
}

}  // namespace reel::inline REEL_PRECISION

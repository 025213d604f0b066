#include <reel/optim/parallel/detail/alike.h>

#ifdef __linux__
#include <dlfcn.h>
#endif

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <reel/core/kernels/detail/machine.h>
#include <reel/core/random.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

// A few samples tell sets of the same number apart.
std::string samples_of(const Dataset& dataset) {
  Crc32 checksum;
  for (const Index i : {Index{0}, dataset.size() / 2, dataset.size() - 1}) {
    const Sample sample = dataset.sample(i);
    for (const Tensor& input : sample.inputs) checksum.add(bytes_of(input));
    if (sample.target.defined()) checksum.add(bytes_of(sample.target));
    checksum.add(fmt::format("{} ", sample.label.value_or(-1)));
  }
  return fmt::format("{} samples, checksum {}", dataset.size(), checksum.text());
}

// What std::pow and others give, of which the last bit is the library's own affair: schedules, optimisers and kernels
// call them.
std::string results_of_functions() {
  Crc32 checksum;
  for (int i = 1; i <= 4096; i++) {
    const double x = i / 64.0;
    const double results[] = {std::pow(0.999, x), std::pow(x, 0.3), std::exp(-x),
                              std::log(x),        std::cos(x),      std::tanh(x)};
    checksum.add({reinterpret_cast<const char*>(results), sizeof results});
    const auto y = static_cast<float>(x);
    const float in_float[] = {std::pow(y, 0.3F), std::exp(-y), std::expm1(-y), std::log(y), std::tanh(y)};
    checksum.add({reinterpret_cast<const char*>(in_float), sizeof in_float});
  }
  return "of results of checksum " + checksum.text();
}

// Of the file that runs and, where that is another, the one that holds the library; of what cannot be read, nothing.
std::string own_checksum() {
  const std::string program = "/proc/self/exe";
  try {
    Crc32 checksum;
    checksum.add(read_bytes(program));
#ifdef __linux__
    Dl_info library{};
    std::error_code unknown;  // a program may be called by a name that is no path
    if (::dladdr(reinterpret_cast<const void*>(&own_checksum), &library) != 0 &&
        !std::filesystem::equivalent(library.dli_fname, program, unknown) && !unknown)
      checksum.add(read_bytes(library.dli_fname));
#endif
    return "of checksum " + checksum.text();
  } catch (const IoError&) {
    return "unknown";
  }
}

}  // namespace

std::string_view bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.data()),
          static_cast<std::size_t>(tensor.numel()) * sizeof(Scalar)};
}

Crc32 checksum_of_layout(const ModuleBase& net) {
  Crc32 checksum;
  for (const auto& [name, parameter] : net.named_parameters())
    checksum.add(fmt::format("{} {} {}\n", name, parameter->value.shape(), parameter->trainable));
  for (const auto& [name, buffer] : net.buffers())
    checksum.add(fmt::format("{} {}\n", name, buffer->shape()));
  for (const auto& [name, counter] : net.counters()) checksum.add(name + "\n");
  return checksum;
}

std::map<std::string, std::string> facts_of_training(const ModuleBase& net, const Loader& train) {
  const GeneratorState generator = generator_state();
  const LoaderOptions& options = train.options();
  return {
      {"the work", "a training"},
      {"the program", own_checksum()},
      {"the C library", results_of_functions()},
      {"the instruction set", kernels::instruction_set()},
      {"the program's generator",
       fmt::format("of seed {}, {} streams drawn", generator.seed, generator.next_stream)},
      {"the network", fmt::format("{} tensors, checksum {}", net.parameters().size() + net.buffers().size(),
                                  checksum_of_layout(net).text())},
      {"the training set", samples_of(train.dataset())},
      {"the loader's seed", fmt::format("{}", *options.seed)},
      {"the loader's batch", fmt::format("{}", options.batch)},
      {"the loader's order", options.shuffle ? "shuffled" : "the data set's"},
      {"the loader's drop_last", fmt::format("{}", options.drop_last)},
      {"the loader's mixup", fmt::format("{}", options.mixup)}};
}

}  // namespace reel::inline REEL_PRECISION::detail

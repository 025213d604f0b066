// Feeds files of drawn records, whole, cut or with bytes behind them, to the CIFAR readers: what they take
// has labels that are classes and ends where it says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <reel/core/error.h>
#include <reel/datasets/cifar.h>

#include "memory_file.h"

namespace {

using namespace reel;

void read_all(const LabelledImages& data) {
  std::vector<Scalar> pixels(static_cast<std::size_t>(data.sample_shape().numel()));
  for (Index i = 0; i < data.size(); i++) {
    data.read(i, pixels);
    if (data.label(i) < 0 || data.label(i) >= std::ssize(data.class_names())) std::abort();
  }
  try {
    data.read(data.size(), pixels);
    std::abort();
  } catch (const Error&) {  // there is no such image
  }
}

// Records are described, not spelled out: for each, its first two bytes and what all its pixels are.
std::string content(const std::uint8_t* bytes, std::size_t size) {
  const unsigned how = bytes[0];
  const std::size_t record = how & 2 ? 3074 : 3073;
  std::string content;
  for (std::size_t at = 2; at + 2 < size && content.size() < record * (how >> 4 & 3); at += 3) {
    content += static_cast<char>(bytes[at]);
    content += static_cast<char>(bytes[at + 1]);
    content.append(record - 2, static_cast<char>(bytes[at + 2]));
  }
  if (how & 4) content.append(reinterpret_cast<const char*>(bytes), size);
  if (how & 8) content.resize(content.size() * bytes[1] / 256);
  return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const bool fine = bytes[0] & 1;
  reel_fuzz::file(fine ? "train.bin" : "data_batch_1.bin", content(bytes, size));
  try {
    if (fine) {
      read_all(Cifar100(reel_fuzz::folder(), Split::kTrain));
    } else {
      read_all(Cifar10(reel_fuzz::folder(), Split::kTrain, {.batches = {1}}));
    }
  } catch (const Error&) {  // a broken file is refused
  }
  return 0;
}

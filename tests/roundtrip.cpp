// The C++ half of golden/roundtrip.py: prints the logits of LeNet for the images of a file.
//   reel_roundtrip save WEIGHTS IMAGES    with fresh weights, which it writes
//   reel_roundtrip load WEIGHTS IMAGES    with the weights of a file
#include <exception>
#include <string_view>

#include <fmt/core.h>

#include <reel/core/io/safetensors.h>
#include <reel/core/random.h>
#include <reel/layers/module_io.h>

#include "lenet.h"

using namespace reel;

int main(int count, char** arguments) try {
  if (count != 4) {
    fmt::print(stderr, "usage: reel_roundtrip save|load WEIGHTS IMAGES\n");
    return 2;
  }
  seed(5);
  reel_test::LeNet net;
  if (std::string_view(arguments[1]) == "load") {
    load(net, arguments[2]);
  } else {
    save(net, arguments[2]);
  }
  Tape tape{{.record = false}};
  const Var logits = net(tape.input(read_safetensors(arguments[3]).state.tensors.at("images")));
  for (const Scalar logit : logits.value().values()) fmt::print("{}\n", logit);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}

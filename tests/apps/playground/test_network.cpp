#include "playground/network.h"

#include <doctest/doctest.h>

using namespace reel;
using namespace reel::playground;

namespace {

const Shape kImage{1, 28, 28};

// What a network of these layers is told, and which of them.
struct Refusal {
  std::string message;
  Index line = 0;
};
Refusal refusal(const std::vector<LayerLine>& lines) {
  try {
    const Network network(lines, kImage, 10);
  } catch (const LayerError& error) {
    return {error.what(), error.line()};
  }
  return {};
}

}  // namespace

TEST_CASE("A network of the playground has the shapes and names that its list says, and ends in the logits") {
  Network network({{"conv", {{"channels", 6}, {"kernel", 5}, {"padding", 2}}},
                   {"relu"},
                   {"max_pool"},
                   {"linear", {{"outputs", 12}}}},
                  kImage, 10);
  const Summary facts = summary(network, {1, 1, 28, 28});
  std::string rows;
  for (const SummaryRow& row : facts.rows)
    rows += fmt::format("{} {} {}\n", network.line_of(row.layer), row.layer, row.output);
  CHECK(rows ==
        "1 conv1 [1,6,28,28]\n2 relu1 [1,6,28,28]\n3 pool1 [1,6,14,14]\n4 flatten1 [1,1176]\n4 fc1 [1,12]\n"
        "5 fc2 [1,10]\n");
  CHECK(facts.parameters == 6 * 25 + 6 + 12 * 1176 + 12 + 120 + 10);
}

TEST_CASE("Every kind of layer can be put into a network, and trained") {
  for (const LayerKind& kind : layer_kinds()) {
    CAPTURE(kind.name);
    Network network({{std::string(kind.name)}}, kImage, 10);
    Tape tape;
    tape.backward(cross_entropy(network(tape.input(Tensor::full({2, 1, 28, 28}, 0.5))), {1, 2}));
    for (const Parameter* parameter : network.parameters()) CHECK(parameter->grad.defined());
  }
}

TEST_CASE("A layer that does not fit is named by its line, with what to change") {
  const Refusal kernel = refusal({{"max_pool", {{"kernel", 8}}}, {"relu"}, {"conv", {{"kernel", 5}}}});
  CHECK(kernel.line == 3);
  CHECK(kernel.message ==
        "conv2d \"conv1\" (layer:3): the kernel covers 5x5 pixels, the input with its padding has 3x3; pad "
        "more or shrink the kernel or its dilation");
  const Refusal behind = refusal({{"linear"}, {"conv"}});
  CHECK(behind.line == 2);
  CHECK(behind.message ==
        "convolution wants images, and behind a linear there are none: it is given [1,64]; put it before the "
        "first linear");
  CHECK(refusal({{"relu"}, {"cnov"}}).message == "there is no layer \"cnov\"; did you mean \"conv\"?");
  CHECK(refusal({{"conv", {{"kernel", 2.5}}}}).message ==
        "convolution: kernel is 2.5, a whole number of 1 to 11 is wanted");
  CHECK(refusal({{"dropout", {{"p", 1}}}}).message ==
        "dropout: probability is 1, a number of 0 to 0.95 is wanted");
  CHECK(refusal({{"relu", {{"kernel", 2}}}}).message == "relu has no number \"kernel\"");
}

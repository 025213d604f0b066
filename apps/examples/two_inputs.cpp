// Two inputs and two losses: an image and some numbers go in, a class and a number come out.
//
//   two_inputs        prints
// loss of the class 0.7 -> 0.0, of the number 1.2 -> 0.0
#include <utility>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

double between(const RandomStream& random, std::uint64_t index, double low, double high) {
  return low + (high - low) * random.uniform(index);
}

struct Net : ModuleOf<Net> {  // its forward takes and gives what it likes; Module's is of one Var to another
  Conv2d& conv = add("conv", Conv2d{1, 8, 3});
  Linear& mixed = add("mixed", Linear{8 + 2, 16});
  Linear& classes = add("classes", Linear{16, 2});
  Linear& number = add("number", Linear{16, 1});

  std::pair<Var, Var> forward(Var image, Var metadata) {
    const Var seen = flatten(global_avg_pool2d(relu(conv(image))));  // [N,8]
    const Var both = relu(mixed(concat({seen, metadata}, 1)));       // [N,16]
    return {classes(both), number(both)};
  }
};

// The class says whether the image has stripes across or down; the number is made of the two others.
struct Stripes : Dataset {
  Index size() const override { return 512; }
  Sample sample(Index i) const override {
    const RandomStream random(3, static_cast<std::uint64_t>(i));
    const bool across = i % 2 == 0;
    Tensor image = Tensor::zeros({1, 8, 8});
    for (Index y = 0; y < 8; y++) {
      for (Index x = 0; x < 8; x++) image.set(0, y, x, ((across ? y : x) / 2) % 2 == 0 ? 1 : 0);
    }
    const auto a = static_cast<Scalar>(between(random, 0, -1, 1)),
               b = static_cast<Scalar>(between(random, 1, -1, 1));
    return {.inputs = {image, Tensor::from({2}, {a, b})},
            .target = Tensor::from({1}, {2 * a - b}),
            .label = across};
  }
};

int main() {
  seed(1);
  const Stripes stripes;
  Loader loader{stripes, {.batch = 32, .shuffle = true}};
  Net net;
  Adam adam{net.parameters(), {.lr = 1e-2}};
  std::vector<std::pair<double, double>> losses;
  while (loader.epoch() < 6) {
    for (const Batch& batch : loader) {
      Tape tape;
      const auto [logits, number] = net(tape.input(batch.inputs[0]), tape.input(batch.inputs[1]));
      const Var of_class = cross_entropy(logits, batch.labels), of_number = mse_loss(number, batch.targets);
      adam.zero_grad();
      tape.backward(of_class + Scalar(0.5) * of_number);
      adam.step();
      losses.emplace_back(of_class.item(), of_number.item());
    }
  }
  fmt::print("loss of the class {:.1f} -> {:.1f}, of the number {:.1f} -> {:.1f}\n", losses.front().first,
             losses.back().first, losses.front().second, losses.back().second);
}

// Images of one's own, a folder for each class: ImageFolder reads them, transforms make others of them.
//
//   own_dataset        writes shapes/round/*.png and shapes/square/*.png, then trains on them; prints
// 120 images of round, square, each [1,16,16]
// test accuracy 95%
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <reel/reel.h>

using namespace reel;

double between(const RandomStream& random, std::uint64_t index, double low, double high) {
  return low + (high - low) * random.uniform(index);
}

void draw_shapes(const std::filesystem::path& root) {
  for (Index i = 0; i < 120; i++) {
    const RandomStream random(5, static_cast<std::uint64_t>(i));
    const bool round = i % 2 == 0;
    const double row = between(random, 0, 8, 16), column = between(random, 1, 8, 16),
                 size = between(random, 2, 4, 7);
    Tensor image = Tensor::zeros({1, 24, 24});
    for (Index y = 0; y < 24; y++) {
      for (Index x = 0; x < 24; x++) {
        const double dy = std::abs(static_cast<double>(y) - row),
                     dx = std::abs(static_cast<double>(x) - column);
        if (round ? dy * dy + dx * dx < size * size : std::max(dy, dx) < size * 0.8) image.set(0, y, x, 1);
      }
    }
    const auto folder = root / (round ? "round" : "square");
    std::filesystem::create_directories(folder);
    write_png((folder / fmt::format("{:03}.png", i)).string(), image);
  }
}

int main() {
  seed(1);
  draw_shapes("shapes");
  const ImageFolder images{"shapes", {.size = 16, .channels = 1}};
  fmt::print("{} images of {}, each {}\n", images.size(), fmt::join(images.class_names(), ", "),
             images.sample_shape());
  const auto [train, test] = random_split(images, {100, 20});

  // PyTorch: torchvision.transforms.v2, in the same order
  const Transform augment =
      compose({random_horizontal_flip(), random_affine({.degrees = 10, .scale = Interval{0.9, 1.1}}),
               normalize({0.2}, {0.4})});
  Loader loader{train, {.batch = 20, .shuffle = true, .transform = augment, .workers = 2}};
  Loader of_test{test, {.batch = 20, .transform = normalize({0.2}, {0.4})}};
  Sequential net{Conv2d{1, 8, 3}, ReLU{}, MaxPool2d{2}, Conv2d{8, 8, 3}, ReLU{}, Flatten{}, Linear{200, 2}};
  Adam adam{net.parameters(), {.lr = 5e-3}};
  while (loader.epoch() < 30) {
    for (const auto& [batch, labels] : loader) {
      Tape tape;
      const Var loss = cross_entropy(net(tape.input(batch)), labels);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
    }
  }
  Accuracy accuracy;
  for (const auto& [batch, labels] : of_test) {
    Tape tape{{.record = false}};
    accuracy.add(net(tape.input(batch)).value(), labels);
  }
  fmt::print("test accuracy {:.0f}%\n", 100 * accuracy.value());
}

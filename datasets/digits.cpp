#include <reel/datasets/digits.h>

#include <array>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/option_check.h>
#include <reel/core/random.h>
#include <reel/datasets/detail/digits_hand.h>
#include <reel/datasets/detail/digits_raster.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Keep the random numbers of the shapes apart from those of the order, and both from what a program draws
// with the same seed.
constexpr std::uint64_t kShapeKey = 0x7368617065, kOrderKey = 0x6f72646572;

digits::GreyImage draw_digit(int digit, const RandomStream& random) {
  digits::Dice dice(random);
  std::vector<digits::InkDot> path = digits::write(digit, dice);
  const auto between = [&](double low, double high) { return static_cast<float>(dice.between(low, high)); };
  digits::Placement placement;
  placement.box_side = between(19.4, digits::kBoxSide);
  placement.shift_x = between(-0.25, 0.25);
  placement.shift_y = between(-0.25, 0.25);
  placement.edge = between(0.9, 1.5);
  return digits::draw(path, placement);
}

}  // namespace

GeneratedDigits::GeneratedDigits(Located<Index> count, std::uint64_t seed, Split split)
    : count_(count), seed_(seed), split_(split) {
  OptionCheck("GeneratedDigits", count.where).count("count", count, 1);
}

void GeneratedDigits::read(Index i, std::span<Scalar> pixels) const {
  const int digit = label(i);
  const Index numel = sample_shape().numel();
  if (std::ssize(pixels) != numel) {
    throw ShapeError(
        fmt::format("GeneratedDigits: read() is given {} pixels to fill, expected {}", pixels.size(), numel));
  }
  const digits::GreyImage image = draw_digit(digit, {seed_ ^ kShapeKey, stream_of(i)});
  for (std::size_t k = 0; k < image.size(); k++) pixels[k] = static_cast<Scalar>(image[k]) / 255;
}

int GeneratedDigits::label(Index i) const {
  check_index(i);
  const RandomStream stream(seed_ ^ kOrderKey, stream_of(i / 10));
  std::array<int, 10> order;
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = 9; k > 0; k--) {  // Fisher-Yates
    std::swap(order[k], order[static_cast<std::size_t>(stream.below(k, k + 1))]);
  }
  return order[static_cast<std::size_t>(i % 10)];
}

const std::vector<std::string>& GeneratedDigits::class_names() const {
  static const std::vector<std::string> kNames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return kNames;
}

// An index has no 64th bit, so the splits share no stream: with another key there would be seeds that do.
std::uint64_t GeneratedDigits::stream_of(Index i) const {
  constexpr std::uint64_t kTestBit = std::uint64_t{1} << 63;
  return static_cast<std::uint64_t>(i) | (split_ == Split::kTest ? kTestBit : 0);
}

void GeneratedDigits::check_index(Index i) const {
  if (i < 0 || i >= count_) {
    throw Error(fmt::format("GeneratedDigits: image {} is out of range, expected 0 to {}", i, count_ - 1));
  }
}

}  // namespace reel::inline REEL_PRECISION

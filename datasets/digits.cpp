#include <reel/datasets/digits.h>

#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/random.h>
#include <reel/datasets/digit_raster.h>
#include <reel/datasets/digit_strokes.h>

namespace reel::inline REEL_PRECISION {
namespace {

using namespace digits;

// Keep the numbers drawn here apart from each other and from what the program draws with the same seed.
constexpr std::uint64_t kShapeKey = 0x7368617065, kOrderKey = 0x6f72646572;

// The random numbers of one image, read in order.
class Dice {
 public:
  Dice(std::uint64_t key, std::uint64_t image) : stream_(key, image) {}

  double between(double low, double high) { return low + (high - low) * stream_.uniform(next_++); }
  // Bell-shaped around 0 with the given deviation, never more than three of them away: a sum of three
  // uniform numbers.
  double bell(double deviation) { return deviation * (between(-1, 1) + between(-1, 1) + between(-1, 1)); }
  bool chance(double probability) { return between(0, 1) < probability; }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

// How strongly the writing varies: deviations (see Dice::bell) around the mean, or ranges.
constexpr double kJitter = 0.035;       // of a control point, in digit heights
constexpr double kStrokeShift = 0.025;  // of a whole stroke
constexpr double kWobble = 0.05;        // of each wave of the displacement field
constexpr double kSlantMean = 0.15, kSlant = 0.22;
constexpr double kRotation = 0.12;                   // radians
constexpr double kWidthMean = -0.25, kWidth = 0.22;  // log of the aspect
constexpr double kRadiusMean = 0.3, kRadius = 0.28;  // log
constexpr double kEdgeLow = 0.9, kEdgeHigh = 1.5;
constexpr double kPressure = 0.12;  // of the radius along the stroke

// A smooth displacement of the plane: the sum of two waves, each longer than a digit is high.
class WobbleField {
 public:
  explicit WobbleField(Dice& dice) {
    for (Wave& wave : waves_) {
      const double angle = dice.between(0, 2 * std::numbers::pi);
      const double frequency = 2 * std::numbers::pi * dice.between(0.3, 0.9);
      wave = {frequency * std::cos(angle), frequency * std::sin(angle), dice.between(0, 2 * std::numbers::pi),
              dice.bell(kWobble), dice.bell(kWobble)};
    }
  }

  void displace(double& x, double& y) const {
    double dx = 0, dy = 0;
    for (const Wave& wave : waves_) {
      const double swing = std::sin(wave.fx * x + wave.fy * y + wave.phase);
      dx += wave.dx * swing;
      dy += wave.dy * swing;
    }
    x += dx;
    y += dy;
  }

 private:
  struct Wave {
    double fx, fy, phase, dx, dy;
  };
  std::array<Wave, 3> waves_;
};

// One writer's hand: what it does to every point of the digit.
class Hand {
 public:
  explicit Hand(Dice& dice) : field_(dice) {
    const double slant = kSlantMean + dice.bell(kSlant), angle = dice.bell(kRotation);
    const double width = std::exp(kWidthMean + dice.bell(kWidth));
    const double c = std::cos(angle), s = std::sin(angle);
    // rotation * slant * width
    xx_ = c * width, xy_ = -c * slant - s;
    yx_ = s * width, yy_ = -s * slant + c;
    radius_ = std::exp(kRadiusMean + dice.bell(kRadius));
  }

  double radius() const { return radius_; }

  InkDot place(double x, double y, double pressure) const {
    field_.displace(x, y);
    x -= 0.5, y -= 0.5;
    return {static_cast<float>(xx_ * x + xy_ * y), static_cast<float>(yx_ * x + yy_ * y),
            static_cast<float>(radius_ * pressure)};
  }

 private:
  WobbleField field_;
  double xx_, xy_, yx_, yy_, radius_;
};

struct Knot {
  double x, y, pressure;
  friend Knot operator+(const Knot& a, const Knot& b) {
    return {a.x + b.x, a.y + b.y, a.pressure + b.pressure};
  }
  friend Knot operator-(const Knot& a, const Knot& b) {
    return {a.x - b.x, a.y - b.y, a.pressure - b.pressure};
  }
  friend Knot operator*(double s, const Knot& a) { return {s * a.x, s * a.y, s * a.pressure}; }
};

const Form& choose_form(int digit, Dice& dice) {
  const std::span<const Form> all = forms(digit);
  double total = 0;
  for (const Form& form : all) total += form.share;
  double left = dice.between(0, total);
  for (const Form& form : all) {
    left -= form.share;
    if (left < 0) return form;
  }
  return all.back();
}

std::vector<Knot> loosen(const Stroke& stroke, Dice& dice) {
  const double shift_x = dice.bell(kStrokeShift), shift_y = dice.bell(kStrokeShift);
  std::vector<Knot> knots;
  knots.reserve(stroke.size());
  for (const Point& p : stroke) {
    knots.push_back({p.x / 100 + shift_x + dice.bell(kJitter), p.y / 100 + shift_y + dice.bell(kJitter),
                     1 + dice.bell(kPressure)});
  }
  return knots;
}

// The path along a stroke: a Catmull-Rom curve through the knots, broken at sharp turns.
void trace(const Stroke& stroke, const std::vector<Knot>& knots, const Hand& hand,
           std::vector<InkDot>& path) {
  constexpr int kSteps = 6;
  const std::size_t first_dot = path.size();
  auto straight = [&](std::size_t i) {
    return i == 0 || i + 1 == knots.size() || stroke[i].turn == Turn::kSharp;
  };
  for (std::size_t i = 0; i + 1 < knots.size(); i++) {
    const Knot& a = knots[i];
    const Knot& b = knots[i + 1];
    const Knot leave = straight(i) ? b - a : 0.5 * (b - knots[i - 1]);
    const Knot arrive = straight(i + 1) ? b - a : 0.5 * (knots[i + 2] - a);
    for (int step = i == 0 ? 0 : 1; step <= kSteps; step++) {
      const double t = static_cast<double>(step) / kSteps, u = 1 - t;
      const Knot k =
          u * u * (1 + 2 * t) * a + t * u * u * leave + t * t * (3 - 2 * t) * b - t * t * u * arrive;
      path.push_back(hand.place(k.x, k.y, k.pressure));
    }
  }
  path[first_dot].pen_down = false;
}

}  // namespace

GeneratedDigits::GeneratedDigits(Index count, std::uint64_t seed) : count_(count), seed_(seed) {
  if (count < 1) throw Error(fmt::format("GeneratedDigits: count is {}, expected at least 1", count));
}

void GeneratedDigits::check_index(Index i) const {
  if (i < 0 || i >= count_) {
    throw Error(fmt::format("GeneratedDigits: image {} is out of range, there are {} (0 to {})", i, count_,
                            count_ - 1));
  }
}

int GeneratedDigits::label(Index i) const {
  check_index(i);
  // Fisher-Yates: the order of the ten digits in this ten.
  const RandomStream stream(seed_ ^ kOrderKey, static_cast<std::uint64_t>(i / 10));
  std::array<int, 10> order;
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = 9; k > 0; k--) std::swap(order[k], order[stream.below(k, k + 1)]);
  return order[static_cast<std::size_t>(i % 10)];
}

void GeneratedDigits::read(Index i, std::span<Scalar> pixels) const {
  const int digit = label(i);
  if (std::ssize(pixels) != kImageSide * kImageSide) {
    throw Error(fmt::format("GeneratedDigits: read was given room for {} pixels, an image has {}",
                            pixels.size(), kImageSide * kImageSide));
  }
  Dice dice(seed_ ^ kShapeKey, static_cast<std::uint64_t>(i));
  const Form& form = choose_form(digit, dice);
  const Hand hand(dice);
  std::vector<InkDot> path;
  for (const Stroke& stroke : form.strokes) trace(stroke, loosen(stroke, dice), hand, path);
  Placement placement;
  placement.box_side = static_cast<float>(dice.between(18.5, 20));
  placement.shift_x = static_cast<float>(dice.between(-0.5, 0.5));
  placement.shift_y = static_cast<float>(dice.between(-0.5, 0.5));
  placement.edge = static_cast<float>(dice.between(kEdgeLow, kEdgeHigh));
  const GreyImage image = draw(path, placement);
  for (std::size_t k = 0; k < image.size(); k++) pixels[k] = static_cast<Scalar>(image[k]) / 255;
}

const std::vector<std::string>& GeneratedDigits::class_names() const {
  static const std::vector<std::string> kNames{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return kNames;
}

}  // namespace reel::inline REEL_PRECISION

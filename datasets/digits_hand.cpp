#include <reel/datasets/detail/digits_hand.h>

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include <reel/datasets/detail/digits_strokes.h>

namespace reel::inline REEL_PRECISION::digits {
namespace {

// How much the writing varies: standard deviations of Dice::bell, lengths in digit heights.
constexpr double kPointJitter = 0.035;
constexpr double kStrokeShift = 0.025;
constexpr double kWobble = 0.05;  // of each wave of the displacement field
constexpr double kSlantMean = 0.15, kSlant = 0.22;
constexpr double kRotation = 0.12;  // radians
constexpr double kLogAspectMean = -0.25, kLogAspect = 0.22;
constexpr double kLogRadiusMean = 0.3, kLogRadius = 0.28;  // of the pen, pixels
constexpr double kPressure = 0.12;                         // relative to the radius, along a stroke

// A smooth displacement of the plane: a sum of waves, each longer than a digit is high.
class Wobble {
 public:
  explicit Wobble(Dice& dice) {
    constexpr double kTurn = 2 * std::numbers::pi;
    for (Wave& wave : waves_) {
      const double angle = dice.between(0, kTurn), frequency = kTurn * dice.between(0.3, 0.9);
      wave.fx = frequency * std::cos(angle);
      wave.fy = frequency * std::sin(angle);
      wave.phase = dice.between(0, kTurn);
      wave.dx = dice.bell(kWobble);
      wave.dy = dice.bell(kWobble);
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

// What one writer does to every point of a digit: wobble, then aspect, slant and rotation; and the pen.
class Hand {
 public:
  explicit Hand(Dice& dice) : wobble_(dice) {
    const double aspect = std::exp(kLogAspectMean + dice.bell(kLogAspect));
    const double slant = kSlantMean + dice.bell(kSlant);
    const double angle = dice.bell(kRotation), c = std::cos(angle), s = std::sin(angle);
    // rotation * [1 -slant; 0 1] * [aspect 0; 0 1]: y goes down, so a digit that leans right moves against y
    xx_ = c * aspect;
    xy_ = -c * slant - s;
    yx_ = s * aspect;
    yy_ = -s * slant + c;
    radius_ = std::exp(kLogRadiusMean + dice.bell(kLogRadius));
  }

  InkDot place(double x, double y, double pressure) const {
    wobble_.displace(x, y);
    return {static_cast<float>(xx_ * x + xy_ * y), static_cast<float>(yx_ * x + yy_ * y),
            static_cast<float>(radius_ * pressure)};
  }

 private:
  Wobble wobble_;
  double xx_, xy_, yx_, yy_, radius_;
};

// A control point as this writer sets it.
struct Knot {
  double x, y, pressure;
  Turn turn;
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
  knots.reserve(stroke.points().size());
  for (const Point& point : stroke.points()) {
    const double x = point.x / 100 + shift_x + dice.bell(kPointJitter);
    const double y = point.y / 100 + shift_y + dice.bell(kPointJitter);
    knots.push_back({x, y, 1 + dice.bell(kPressure), point.turn});
  }
  return knots;
}

// Appends the curve through the knots: Catmull-Rom (a cubic Hermite spline whose slope at a knot is that
// between its neighbours), except that at the ends and at sharp turns each side keeps its own slope.
void trace(std::span<const Knot> knots, const Hand& hand, std::vector<InkDot>& path) {
  constexpr int kSteps = 6;  // straight pieces between two knots: about a pixel each
  const auto has_own_slope = [&](std::size_t i) {
    return i == 0 || i + 1 == knots.size() || knots[i].turn == Turn::kSharp;
  };
  for (std::size_t i = 0; i + 1 < knots.size(); i++) {
    const Knot &a = knots[i], &b = knots[i + 1];
    const Knot& before = has_own_slope(i) ? a : knots[i - 1];
    const Knot& after = has_own_slope(i + 1) ? b : knots[i + 2];
    const double leave = has_own_slope(i) ? 1 : 0.5, arrive = has_own_slope(i + 1) ? 1 : 0.5;
    for (int step = i == 0 ? 0 : 1; step <= kSteps; step++) {
      const double t = static_cast<double>(step) / kSteps, u = 1 - t;
      const auto hermite = [&](double Knot::*v) {
        return u * u * (1 + 2 * t) * a.*v + t * u * u * leave * (b.*v - before.*v) +
               t * t * (1 + 2 * u) * b.*v - t * t * u * arrive * (after.*v - a.*v);
      };
      InkDot dot = hand.place(hermite(&Knot::x), hermite(&Knot::y), hermite(&Knot::pressure));
      dot.pen_down = step > 0;
      path.push_back(dot);
    }
  }
}

}  // namespace

std::vector<InkDot> write(int digit, Dice& dice) {
  const Form& form = choose_form(digit, dice);
  const Hand hand(dice);
  std::vector<InkDot> path;
  path.reserve(128);
  for (const Stroke& stroke : form.strokes) trace(loosen(stroke, dice), hand, path);
  return path;
}

}  // namespace reel::inline REEL_PRECISION::digits

#include <reel/datasets/detail/digits_raster.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace reel::inline REEL_PRECISION::digits {
namespace {

// The middle of the image, and where MNIST puts the centre of mass: half a pixel to the lower right.
constexpr float kMiddle = (kImageSide - 1) / 2.0f;
constexpr float kMassCentre = kImageSide / 2.0f;

// Ink at the pixels' centres, 0 to 1; more than 1 deep inside a line until all lines are drawn.
using Canvas = std::array<float, kImageSide * kImageSide>;

struct Bounds {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  void include(float v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  float size() const { return high - low; }
  float middle() const { return (low + high) / 2; }
};

// Scales the path so that its longer side, with the ink around it, is the box's; centres it in the image.
void fit_to_box(std::span<InkDot> path, const Placement& placement) {
  Bounds xs, ys;
  float radius = 0;
  for (const InkDot& dot : path) {
    xs.include(dot.x);
    ys.include(dot.y);
    radius = std::max(radius, dot.radius);
  }
  const float scale =
      (placement.box_side - 2 * radius - placement.edge) / std::max({xs.size(), ys.size(), 1e-6f});
  for (InkDot& dot : path) {
    dot.x = (dot.x - xs.middle()) * scale + kMiddle + placement.shift_x;
    dot.y = (dot.y - ys.middle()) * scale + kMiddle + placement.shift_y;
  }
}

int first_pixel(float v) { return std::clamp(static_cast<int>(std::ceil(v)), 0, kImageSide); }
int last_pixel(float v) { return std::clamp(static_cast<int>(std::floor(v)), -1, kImageSide - 1); }

// The line from a to b with round ends: the ink at a pixel falls with its distance from the line.
void draw_line(const InkDot& a, const InkDot& b, float edge, Canvas& canvas) {
  const float reach = std::max(a.radius, b.radius) + edge / 2;
  const float dx = b.x - a.x, dy = b.y - a.y, widening = b.radius - a.radius;
  const float inverse_length2 = 1 / std::max(dx * dx + dy * dy, 1e-12f);
  const float inverse_edge = 1 / edge;
  const int left = first_pixel(std::min(a.x, b.x) - reach), right = last_pixel(std::max(a.x, b.x) + reach);
  const int top = first_pixel(std::min(a.y, b.y) - reach), bottom = last_pixel(std::max(a.y, b.y) + reach);
  for (int row = top; row <= bottom; row++) {
    const float py = static_cast<float>(row) - a.y;
    float* line = canvas.data() + row * kImageSide;
    for (int column = left; column <= right; column++) {
      const float px = static_cast<float>(column) - a.x;
      const float t = std::clamp((px * dx + py * dy) * inverse_length2, 0.0f, 1.0f);
      const float ex = px - t * dx, ey = py - t * dy;
      const float depth = a.radius + t * widening - std::sqrt(ex * ex + ey * ey);
      line[column] = std::max(line[column], depth * inverse_edge + 0.5f);
    }
  }
}

// How far the image moves so that its centre of mass comes to MNIST's; never so far that the box leaves it.
int whole_shift(float mass_centre) {
  constexpr int kMargin = (kImageSide - kBoxSide) / 2;
  return std::clamp(static_cast<int>(std::lround(kMassCentre - mass_centre)), -kMargin, kMargin);
}

GreyImage centred_by_mass(const Canvas& canvas) {
  float mass = 0, mass_x = 0, mass_y = 0;
  for (int row = 0; row < kImageSide; row++) {
    for (int column = 0; column < kImageSide; column++) {
      const float ink = canvas[static_cast<std::size_t>(row * kImageSide + column)];
      mass += ink;
      mass_x += ink * static_cast<float>(column);
      mass_y += ink * static_cast<float>(row);
    }
  }
  const int shift_x = whole_shift(mass_x / mass), shift_y = whole_shift(mass_y / mass);
  GreyImage image{};
  for (int row = std::max(0, shift_y); row < kImageSide + std::min(0, shift_y); row++) {
    for (int column = std::max(0, shift_x); column < kImageSide + std::min(0, shift_x); column++) {
      const float ink = canvas[static_cast<std::size_t>((row - shift_y) * kImageSide + column - shift_x)];
      image[static_cast<std::size_t>(row * kImageSide + column)] =
          static_cast<std::uint8_t>(ink * 255 + 0.5f);
    }
  }
  return image;
}

}  // namespace

GreyImage draw(std::span<InkDot> path, const Placement& placement) {
  fit_to_box(path, placement);
  Canvas canvas{};
  for (std::size_t i = 1; i < path.size(); i++) {
    if (path[i].pen_down) draw_line(path[i - 1], path[i], placement.edge, canvas);
  }
  for (float& ink : canvas) ink = std::min(ink, 1.0f);
  return centred_by_mass(canvas);
}

}  // namespace reel::inline REEL_PRECISION::digits

#include "playground/drawing.h"

#include <algorithm>

#include <reel/core/error.h>
#include <reel/datasets/detail/digits_raster.h>

namespace reel::playground {
namespace {

constexpr float kRadius = 1.35f, kEdge = 1.2f;  // pixels: the generated digits' middle pen

}  // namespace

Tensor drawn(std::span<const Stroke> strokes) {
  std::vector<digits::InkDot> path;
  for (const Stroke& stroke : strokes) {
    if (stroke.empty()) throw Error("a stroke has no point");
    path.push_back({stroke[0].x, stroke[0].y, kRadius, false});
    for (const auto& [x, y] : stroke)
      path.push_back({x, y, kRadius});  // the first again: a dot is a line, too
  }
  if (path.empty()) throw Error("nothing is drawn");
  const digits::GreyImage image = digits::draw(path, {.edge = kEdge});
  Tensor pixels = Tensor::uninitialized({1, digits::kImageSide, digits::kImageSide});
  std::transform(image.begin(), image.end(), pixels.mutable_data(),
                 [](int ink) { return static_cast<Scalar>(ink) / 255; });
  return pixels;
}

}  // namespace reel::playground

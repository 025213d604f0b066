#include <doctest/doctest.h>
#include <reel/datasets/detail/resample.h>

#include "close.h"
#include "golden/golden.h"
#include "golden/golden_check.h"

using namespace reel;
using namespace reel_test;

namespace {

Image resample_image(const Tensor& x) { return {x.shape(), {x.values().begin(), x.values().end()}}; }
Tensor resample_tensor(const Image& image) { return Tensor::from(image.shape, image.pixels); }

Interpolation golden_interpolation(const GoldenCase& golden) {
  return golden.flag("bilinear") ? Interpolation::kBilinear : Interpolation::kNearest;
}

}  // namespace

TEST_CASE("Images are resized as PyTorch's interpolate does") {
  int cases = 0;
  for (const GoldenCase& golden : read_goldens("transforms")) {
    if (golden.op != "resize") continue;
    cases++;
    const ResizeOptions options{.interpolation = golden_interpolation(golden),
                                .antialias = golden.flag("antialias")};
    const Image y = resized(resample_image(golden.tensor("x")), golden.size("size"), options);
    check_golden(resample_tensor(y), golden.tensor("y"), golden.label);
  }
  CHECK(cases == 30);
}

TEST_CASE(
    "Images are turned, moved, scaled and sheared as PyTorch's grid_sample does by torchvision's matrix") {
  int cases = 0;
  for (const GoldenCase& golden : read_goldens("transforms")) {
    if (golden.op != "affine") continue;
    cases++;
    const auto& translate = golden.numbers.at("translate");
    const auto& shear = golden.numbers.at("shear");
    const AffineMatrix matrix = inverse_affine_matrix({.degrees = golden.number("degrees"),
                                                       .translate_x = translate[0],
                                                       .translate_y = translate[1],
                                                       .scale = golden.number("scale"),
                                                       .shear_x = shear[0],
                                                       .shear_y = shear[1]});
    CHECK_CLOSE(matrix, golden.tensor("matrix"));
    const Image y = affine(resample_image(golden.tensor("x")), matrix, golden_interpolation(golden));
    check_golden(resample_tensor(y), golden.tensor("y"), golden.label);
  }
  CHECK(cases == 22);
}

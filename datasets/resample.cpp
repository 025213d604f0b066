#include <reel/datasets/detail/resample.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Of each position of a line, the neighbouring positions of another line whose weighted sum it is.
struct LineWeights {
  Index taps = 0;              // most neighbours of a position
  std::vector<Index> first;    // of each position's neighbours
  std::vector<Scalar> weight;  // [position, tap]
};

// A triangle around the position's centre, two positions of the coarser line wide where `stretched`, else two of
// the line that is read.
LineWeights triangle_weights(Index from, Index to, bool stretched) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double reach = stretched ? std::max(step, 1.0) : 1.0;
  LineWeights line{
      .taps = std::min(from, 2 * static_cast<Index>(std::ceil(reach)) + 1), .first = {}, .weight = {}};
  for (Index i = 0; i < to; i++) {
    const double centre = step * (static_cast<double>(i) + 0.5);
    const Index begin = std::max<Index>(0, static_cast<Index>(centre - reach + 0.5));
    const Index end = std::min(from, static_cast<Index>(centre + reach + 0.5));
    const Index first = std::min(begin, from - line.taps);  // so that all taps lie within the line
    std::vector<double> weight(static_cast<std::size_t>(line.taps), 0);
    double sum = 0;
    for (Index j = begin; j < end; j++) {
      const double distance = std::abs(static_cast<double>(j) + 0.5 - centre) / reach;
      sum += weight[static_cast<std::size_t>(j - first)] = std::max(0.0, 1 - distance);
    }
    line.first.push_back(first);
    for (const double w : weight) line.weight.push_back(static_cast<Scalar>(w / sum));
  }
  return line;
}

// As PyTorch's, which asks this in float.
LineWeights nearest_weights(Index from, Index to) {
  const float step = static_cast<float>(from) / static_cast<float>(to);
  LineWeights line{.taps = 1, .first = {}, .weight = std::vector<Scalar>(static_cast<std::size_t>(to), 1)};
  for (Index i = 0; i < to; i++) {
    line.first.push_back(std::min(from - 1, static_cast<Index>(std::floor(static_cast<float>(i) * step))));
  }
  return line;
}

LineWeights line_weights(Index from, Index to, const ResizeOptions& options) {
  if (options.interpolation == Interpolation::kNearest) return nearest_weights(from, to);
  return triangle_weights(from, to, options.antialias);
}

// Each row of the result a sum of rows, in `planes` planes of rows of `width`.
std::vector<Scalar> sums_of_rows(const std::vector<Scalar>& in, Index planes, Index height, Index width,
                                 const LineWeights& line) {
  const Index rows = std::ssize(line.first);
  std::vector<Scalar> out(static_cast<std::size_t>(planes * rows * width), 0);
  for (Index i = 0; i < planes * rows; i++) {
    Scalar* const y = out.data() + i * width;
    const Index row = i % rows;
    const Scalar* x = in.data() + (i / rows * height + line.first[static_cast<std::size_t>(row)]) * width;
    for (Index t = 0; t < line.taps; t++, x += width) {
      const Scalar weight = line.weight[static_cast<std::size_t>(row * line.taps + t)];
      for (Index k = 0; k < width; k++) y[k] += weight * x[k];
    }
  }
  return out;
}

// Each pixel of a row a sum of pixels of that row.
std::vector<Scalar> sums_in_rows(const std::vector<Scalar>& in, Index rows, Index width,
                                 const LineWeights& line) {
  std::vector<Scalar> out;
  out.reserve(static_cast<std::size_t>(rows) * line.first.size());
  for (Index row = 0; row < rows; row++) {
    const Scalar* weight = line.weight.data();
    for (const Index first : line.first) {
      const Scalar* x = in.data() + row * width + first;
      Scalar sum = 0;
      for (Index t = 0; t < line.taps; t++) sum += *weight++ * x[t];
      out.push_back(sum);
    }
  }
  return out;
}

// The pixels around (y, x) and their weights; those outside of the image have none.
struct Neighbours {
  std::array<Index, 4> pixel{};
  std::array<Scalar, 4> weight{};
};

Neighbours neighbours(double y, double x, Index height, Index width, Interpolation interpolation) {
  Neighbours result;
  const auto put = [&](std::size_t i, double row, double column, double weight) {
    if (!(row >= 0 && row < static_cast<double>(height) && column >= 0 &&
          column < static_cast<double>(width)))
      return;
    result.pixel[i] = static_cast<Index>(row) * width + static_cast<Index>(column);
    result.weight[i] = static_cast<Scalar>(weight);
  };
  if (interpolation == Interpolation::kNearest) {
    put(0, std::nearbyint(y), std::nearbyint(x), 1);
    return result;
  }
  const double top = std::floor(y), left = std::floor(x), down = y - top, right = x - left;
  put(0, top, left, (1 - down) * (1 - right));
  put(1, top, left + 1, (1 - down) * right);
  put(2, top + 1, left, down * (1 - right));
  put(3, top + 1, left + 1, down * right);
  return result;
}

// Where a window of `size` begins in the middle of `length`, below 0 where that is shorter.
Index middle(Index length, Index size) {
  return length < size ? -((size - length) / 2) : rounded(static_cast<double>(length - size) / 2);
}

}  // namespace

Image blank_image(Index channels, Size2 size) {
  Image image{{channels, size.h, size.w}, {}};
  image.pixels.resize(static_cast<std::size_t>(image.shape.numel()));
  return image;
}

Image window_of(const Image& image, Index top, Index left, Size2 size) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2];
  Image result = blank_image(channels, size);
  const Index first = std::max<Index>(0, -left), last = std::min(size.w, width - left);
  if (first >= last) return result;
  for (Index c = 0; c < channels; c++) {
    for (Index y = std::max<Index>(0, -top); y < std::min(size.h, height - top); y++) {
      const Scalar* row = image.pixels.data() + (c * height + top + y) * width + left;
      std::copy(row + first, row + last, result.pixels.data() + (c * size.h + y) * size.w + first);
    }
  }
  return result;
}

Image middle_of(const Image& image, Size2 size) {
  return window_of(image, middle(image.shape[1], size.h), middle(image.shape[2], size.w), size);
}

Size2 covering_size(Index height, Index width, Size2 target) {
  if (target.h * width >= target.w * height) return {target.h, std::max(target.w, target.h * width / height)};
  return {std::max(target.h, target.w * height / width), target.w};
}

Image resized(Image image, Size2 size, const ResizeOptions& options) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2];
  Image result{{channels, size.h, size.w}, std::move(image.pixels)};
  if (size.h != height)
    result.pixels =
        sums_of_rows(result.pixels, channels, height, width, line_weights(height, size.h, options));
  if (size.w != width)
    result.pixels =
        sums_in_rows(result.pixels, channels * size.h, width, line_weights(width, size.w, options));
  return result;
}

AffineMatrix inverse_affine_matrix(const Affine& affine) {
  constexpr double kRadians = std::numbers::pi / 180;
  const double turn = affine.degrees * kRadians, lean_x = affine.shear_x * kRadians,
               lean_y = affine.shear_y * kRadians;
  const double cosine = std::cos(turn - lean_y) / std::cos(lean_y),
               sine = std::sin(turn - lean_y) / std::cos(lean_y);
  // Rotation and shear have the determinant 1.
  const double a = cosine, b = -cosine * std::tan(lean_x) - std::sin(turn);
  const double c = sine, d = -sine * std::tan(lean_x) + std::cos(turn);
  AffineMatrix m{d, -b, 0, -c, a, 0};
  for (double& element : m) element /= affine.scale;
  m[2] = -m[0] * affine.translate_x - m[1] * affine.translate_y;
  m[5] = -m[3] * affine.translate_x - m[4] * affine.translate_y;
  return m;
}

Image affine(const Image& image, const AffineMatrix& m, Interpolation interpolation) {
  const Index channels = image.shape[0], height = image.shape[1], width = image.shape[2],
              plane = height * width;
  const double middle_y = static_cast<double>(height - 1) / 2, middle_x = static_cast<double>(width - 1) / 2;
  Image result = blank_image(channels, {height, width});
  for (Index i = 0; i < plane; i++) {
    const double v = static_cast<double>(i / width) - middle_y, u = static_cast<double>(i % width) - middle_x;
    const double x = m[0] * u + m[1] * v + m[2] + middle_x, y = m[3] * u + m[4] * v + m[5] + middle_y;
    const Neighbours near = neighbours(y, x, height, width, interpolation);
    for (Index c = 0; c < channels; c++) {
      const Scalar* in = image.pixels.data() + c * plane;
      Scalar sum = 0;
      for (std::size_t k = 0; k < 4; k++) sum += near.weight[k] * in[near.pixel[k]];
      result.pixels[static_cast<std::size_t>(c * plane + i)] = sum;
    }
  }
  return result;
}

}  // namespace reel::inline REEL_PRECISION

// The reads of common ops.
#include <reel/core/reads.h>

namespace reel::inline REEL_PRECISION {

bool Reads::has_window() const {
  switch (kind) {
    case Kind::kPixels:
    case Kind::kPart:
    case Kind::kWindow:
    case Kind::kTransposed:
    case Kind::kSwapped:
      return true;
    case Kind::kUnknown:
    case Kind::kWeight:
    case Kind::kAll:
    case Kind::kRearranged:
    case Kind::kBatch:
      break;
  }
  return false;
}

std::string_view kind_name(Reads::Kind kind) {
  switch (kind) {
    case Reads::Kind::kUnknown:
      return "unknown";
    case Reads::Kind::kWeight:
      return "weight";
    case Reads::Kind::kAll:
      return "all";
    case Reads::Kind::kRearranged:
      return "rearranged";
    case Reads::Kind::kPixels:
      return "pixels";
    case Reads::Kind::kPart:
      return "part";
    case Reads::Kind::kWindow:
      return "window";
    case Reads::Kind::kTransposed:
      return "transposed";
    case Reads::Kind::kSwapped:
      return "swapped";
    case Reads::Kind::kBatch:
      return "batch";
  }
  return "";
}

bool is_image(const Shape& shape) { return shape.dim() == 4; }

Reads reads_elementwise(const Shape& input, const Shape& output) {
  if (!is_image(input) || !is_image(output)) return {Reads::Kind::kRearranged};
  return {Reads::Kind::kPixels, {.stride = {input[2] == output[2], input[3] == output[3]}}};
}

Reads reads_lines(const Shape& input, const std::array<bool, Shape::kMaxDim>& dims) {
  const auto whole = [&](Index d) { return dims[static_cast<std::size_t>(d)]; };
  bool all = true;  // of what one sample, one place in the first dimension, holds
  for (Index d = 1; d < input.dim(); d++) all = all && whole(d);
  if (all || (is_image(input) && whole(2) && whole(3))) return {Reads::Kind::kAll};
  if (!is_image(input)) return {Reads::Kind::kRearranged};
  return {Reads::Kind::kWindow,
          {.kernel = {whole(2) ? input[2] : 1, whole(3) ? input[3] : 1}, .stride = {!whole(2), !whole(3)}}};
}

Reads reads_line(const Shape& input, Index dim) {
  std::array<bool, Shape::kMaxDim> dims{};
  dims[static_cast<std::size_t>(dim < 0 ? dim + input.dim() : dim)] = true;
  return reads_lines(input, dims);
}

}  // namespace reel::inline REEL_PRECISION

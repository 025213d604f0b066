// What a number of a formula's result depends on in an input: windows, and with them receptive fields.
#include <algorithm>
#include <optional>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION {
namespace formula {
namespace {

bool names(const Affine& affine, std::size_t loop) {
  return std::ranges::any_of(affine.parts, [=](const Affine::Part& part) { return part.loop == loop; });
}

// One dimension of a window, of rows or columns.
struct Slide {
  Index kernel = 1, stride = 1, dilation = 1, start = 0;
  bool transposed = false;
};

// Rows or columns of a window of one pixel, told as those of a transposed one.
Slide turned(Slide slide) {
  slide.start = -slide.start;
  return slide;
}

// From the places of the result and of the input along one dimension. The result's stands at a loop i, the input's
// at s i + d u; or the other way round.
Slide slide(const Formula& f, const Affine& result, const Affine& input) {
  const bool transposed = result.parts.size() > 1 || (!result.parts.empty() && result.parts[0].step > 1);
  const Affine &one = transposed ? input : result, &window = transposed ? result : input;
  Slide slide{.start = window.start, .transposed = transposed};
  if (!one.parts.empty()) slide.stride = 0;
  for (const Affine::Part& part : window.parts) {
    if (names(one, part.loop)) {
      slide.stride = part.step;
      slide.start -= part.step * one.start;
    } else {
      slide.kernel = f.loops[part.loop].count;
      slide.dilation = part.step;
    }
  }
  return slide;
}

bool sums(const Summand& summand, const Affine& place) {
  return std::ranges::any_of(place.parts, [&](const Affine::Part& part) {
    return std::ranges::none_of(summand.result,
                                [&](const Affine& affine) { return names(affine, part.loop); });
  });
}

Reads::Kind image_kind(const Formula& f, const Summand& summand, const IndexedInput& factor,
                       const Shape& output) {
  if (std::ranges::any_of(factor.at, [&](const Affine& place) { return sums(summand, place); })) {
    return Reads::Kind::kWindow;
  }
  const auto covers = [&](std::size_t d) {
    const auto& parts = summand.result[d].parts;
    return parts.empty() || f.loops[parts[0].loop].count == output[static_cast<Index>(d)];
  };
  const bool is_part = f.summands.size() > 1 && !(covers(2) && covers(3));
  return is_part ? Reads::Kind::kPart : Reads::Kind::kPixels;
}

Reads reads_image(const Formula& f, const Summand& summand, const IndexedInput& factor, const Shape& output) {
  const Access &y = summand.result, &x = factor.at;
  const auto shares = [&](std::size_t a, std::size_t b) {
    return std::ranges::any_of(y[a].parts, [&](const Affine::Part& part) { return names(x[b], part.loop); });
  };
  for (std::size_t other : {std::size_t{0}, std::size_t{1}}) {
    if (shares(2, other) || shares(3, other) || shares(other, 2) || shares(other, 3))
      return {Reads::Kind::kRearranged};
  }
  if (shares(2, 3) || shares(3, 2)) return {Reads::Kind::kSwapped};
  Slide h = slide(f, y[2], x[2]), w = slide(f, y[3], x[3]);
  const bool transposed = h.transposed || w.transposed;
  if (transposed && !h.transposed) h = turned(h);
  if (transposed && !w.transposed) w = turned(w);
  const Reads::Kind kind = transposed ? Reads::Kind::kTransposed : image_kind(f, summand, factor, output);
  return {kind, {{h.kernel, w.kernel}, {h.stride, w.stride}, {h.dilation, w.dilation}}, {h.start, w.start}};
}

// All of it, where each dimension but the first is summed over; or all pixels.
Reads reads_lines(const Summand& summand, const IndexedInput& factor) {
  const auto whole = [&](std::size_t d) { return sums(summand, factor.at[d]); };
  bool any = false, all = true;
  for (std::size_t d = 0; d < factor.at.size(); d++) {
    any = any || whole(d);
    all = all && (d == 0 || whole(d));
  }
  const bool pixels = factor.at.size() == 4 && whole(2) && whole(3);
  return {(any && all) || pixels ? Reads::Kind::kAll : Reads::Kind::kRearranged};
}

Reads reads_of_factor(const Formula& f, const Summand& summand, const IndexedInput& factor, const Shape& from,
                      const Shape& to) {
  const bool images = is_image(from) && is_image(to);
  if (factor.at.size() != static_cast<std::size_t>(from.dim())) {  // in row-major order
    const bool same = images && from[2] == to[2] && from[3] == to[3];
    return {same ? Reads::Kind::kPixels : Reads::Kind::kRearranged};
  }
  return images ? reads_image(f, summand, factor, to) : reads_lines(summand, factor);
}

}  // namespace
}  // namespace formula

// Of several factors that read different parts of the input, these are not followed.
Reads reads_of(const Formula& f, std::size_t input, const Shape& from, const Shape& to) {
  if (std::ranges::find(f.weights, input) != f.weights.end()) return {Reads::Kind::kWeight};
  std::optional<Reads> reads;
  for (const formula::Summand& summand : f.summands) {
    for (const formula::IndexedInput& factor : summand.factors) {
      if (factor.input != input) continue;
      const Reads of_factor = formula::reads_of_factor(f, summand, factor, from, to);
      if (reads && *reads != of_factor) return {Reads::Kind::kRearranged};
      reads = of_factor;
    }
  }
  return reads.value_or(Reads());
}

}  // namespace reel::inline REEL_PRECISION

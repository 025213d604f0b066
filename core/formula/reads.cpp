// What a number of a formula's result depends on in an input: windows, and with them receptive fields.
#include <algorithm>
#include <optional>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION {
namespace formula {
namespace {

bool names(const Affine& affine, Loop loop) {
  return std::ranges::any_of(affine.parts, [=](const Affine::Part& part) {
    return std::ranges::any_of(part.loops(), [=](Loop own) { return own.index == loop.index; });
  });
}

// Whether any of the part's loops is one of the affine index's.
bool shares(const Affine& affine, const Affine::Part& part) {
  return std::ranges::any_of(part.loops(), [&](Loop loop) { return names(affine, loop); });
}

// One dimension of a window, of rows or columns.
struct Slide {
  Index kernel = 1, stride = 1, dilation = 1, start = 0;
  bool transposed = false;
};

// From the places of the result and of the input along one dimension. The result's stands at a loop i, the input's
// at s i + d u; or the other way round. None of what is not of this kind.
std::optional<Slide> slide(const Formula& f, const Affine& result, const Affine& input) {
  const bool transposed = result.parts.size() > 1 || (!result.parts.empty() && result.parts[0].step > 1);
  const Affine &one = transposed ? input : result, &window = transposed ? result : input;
  const auto is_step = [](const Affine::Part& part) { return !part.table && part.per == 0 && part.step > 0; };
  if (one.parts.size() > 1 || !std::ranges::all_of(one.parts, is_step) ||
      !std::ranges::all_of(window.parts, is_step) || (!one.parts.empty() && one.parts[0].step != 1)) {
    return std::nullopt;
  }
  Slide slide{.start = window.start, .transposed = transposed};
  if (!one.parts.empty()) slide.stride = 0;
  for (Index kernels = 0; const Affine::Part& part : window.parts) {
    if (shares(one, part)) {
      slide.stride = part.step;
      slide.start -= part.step * one.start;
    } else {
      if (++kernels > 1) return std::nullopt;
      slide.kernel = f.loops[part.loop.index].count;
      slide.dilation = part.step;
    }
  }
  return slide;
}

bool sums(const Summand& summand, const Affine& place) {
  return std::ranges::any_of(place.parts, [&](const Affine::Part& part) {
    return std::ranges::none_of(summand.result, [&](const Affine& affine) { return shares(affine, part); });
  });
}

Reads::Kind image_kind(const Formula& f, const Summand& summand, const IndexedInput& factor,
                       const Shape& output) {
  if (std::ranges::any_of(factor.at, [&](const Affine& place) { return sums(summand, place); })) {
    return Reads::Kind::kWindow;
  }
  const auto covers = [&](std::size_t d) {
    const auto& parts = summand.result[d].parts;
    return parts.empty() || f.loops[parts[0].loop.index].count == output[static_cast<Index>(d)];
  };
  const bool is_part = f.summands.size() > 1 && !(covers(2) && covers(3));
  return is_part ? Reads::Kind::kPart : Reads::Kind::kPixels;
}

Reads reads_image(const Formula& f, const Summand& summand, const IndexedInput& factor, const Shape& output) {
  const Access &y = summand.result, &x = factor.at;
  const auto meet = [&](std::size_t a, std::size_t b) {
    return std::ranges::any_of(y[a].parts, [&](const Affine::Part& part) { return shares(x[b], part); });
  };
  for (std::size_t other : {std::size_t{0}, std::size_t{1}}) {
    if (meet(2, other) || meet(3, other) || meet(other, 2) || meet(other, 3))
      return {Reads::Kind::kRearranged};
  }
  if (meet(2, 3) || meet(3, 2)) return {Reads::Kind::kSwapped};
  const std::optional<Slide> rows = slide(f, y[2], x[2]), columns = slide(f, y[3], x[3]);
  if (!rows || !columns) return {Reads::Kind::kRearranged};
  Slide h = *rows, w = *columns;
  const bool transposed = h.transposed || w.transposed;
  for (Slide* side : {&h, &w}) {
    if (!transposed || side->transposed) continue;
    if (side->kernel > 1 || side->stride > 1) return {Reads::Kind::kRearranged};
    side->start *= -1;  // one pixel, told as that of a transposed window
  }
  const Reads::Kind kind = transposed ? Reads::Kind::kTransposed : image_kind(f, summand, factor, output);
  return {kind, {{h.kernel, w.kernel}, {h.stride, w.stride}, {h.dilation, w.dilation}}, {h.start, w.start}};
}

// All of it, where each dimension but the first is summed over; or all pixels.
Reads lines_read(const Summand& summand, const IndexedInput& factor) {
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
  if (std::ssize(factor.at) != from.dim()) {  // in row-major order
    const bool same = images && from[2] == to[2] && from[3] == to[3];
    return {same ? Reads::Kind::kPixels : Reads::Kind::kRearranged};
  }
  if (std::ssize(summand.result) != to.dim()) return {Reads::Kind::kRearranged};
  return images ? reads_image(f, summand, factor, to) : lines_read(summand, factor);
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

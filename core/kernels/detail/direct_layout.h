// How the direct convolution lays its input out. Internal to direct_*.cpp.
//
// Along an axis, output o of a correlation meets input (o step_out + tap step_tap + first) / divisor with those
// taps for which that is whole. Forward has the stride for step_out, the input gradient for divisor. So outputs
// that are `divisor` apart, a phase of the result, meet the same taps, at inputs that are step_out apart; and
// where the input is laid out as step_out phases too, output k of a phase meets with each tap the same phase of
// the input at k plus a whole number: a shift.
//
//   row of the image, step 2      a b c d e f         laid out with a margin for the taps at the border
//   its phases                    0 a c e | 0 b d f   output k meets 0ace[k], 0bdf[k] and 0ace[k + 1]
//
// A pixel of the layout is a scalar, and a vector holds some pixels of one image, which are then copied for each
// column of taps (ColumnLayout); or it is a vector, and lane n holds the pixel of image n.
#pragma once

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <vector>

#include <reel/core/kernels/detail/convolution_plan.h>
#include <reel/core/kernels/detail/squares.h>

namespace reel::inline REEL_PRECISION::kernels {

/// Whether a batch fills more than half of the lanes.
inline bool fills_lanes(Index batch) { return 2 * batch > divide_up(batch, kLanes) * kLanes; }

/// Some taps that follow one another, of those that a phase meets.
struct TapRange {
  Index first, count;
};

struct DirectAxis {
  Index outputs, inputs, taps;
  Index step_out, step_tap, first, divisor;
  Index low = 0, high = 0;  ///< the shifts of all taps lie between

  DirectAxis(Index outputs_, Index inputs_, Index taps_, Index step_out_, Index step_tap_, Index first_,
             Index divisor_)
      : outputs(outputs_),
        inputs(inputs_),
        taps(taps_),
        step_out(outputs > 1 ? step_out_ : 1),  // a single output steps nowhere
        step_tap(step_tap_),
        first(first_),
        divisor(divisor_) {
    for (Index phase = 0; phase < phases(); phase++) {
      for (const Index tap : taps_of(phase)) {
        low = std::min(low, shift(input(phase, tap)));
        high = std::max(high, shift(input(phase, tap)));
      }
    }
  }

  /// Phases of the result that have outputs.
  Index phases() const { return std::min(divisor, outputs); }
  /// The taps with which outputs of a phase meet inputs of the image.
  std::vector<Index> taps_of(Index phase) const {
    std::vector<Index> result;
    const Index period = divisor / std::gcd(divisor, step_tap);  // of the taps whose input is whole
    Index tap = 0;
    while (tap < period && place(phase, tap) % divisor != 0) tap++;
    if (tap == period) return result;  // none is
    for (; tap < taps; tap += period) {
      const Index begin = input(phase, tap), last = begin + (outputs_of(phase) - 1) * step_out;
      if (begin < inputs && last >= 0) result.push_back(tap);
    }
    return result;
  }
  /// Those with which some of `count` outputs of a phase from `at` on meet inputs of the image, where output 0
  /// meets these.
  TapRange hit(const std::vector<Index>& inputs_met, Index at, Index count) const {
    const auto outside = [&](Index place) {
      return place + (at + count - 1) * step_out < 0 || place + at * step_out >= inputs;
    };
    const Index all = std::ssize(inputs_met);
    if (all > 0 && !outside(inputs_met.front()) && !outside(inputs_met.back())) return {0, all};  // most
    const auto begin = std::find_if_not(inputs_met.begin(), inputs_met.end(), outside);
    if (begin == inputs_met.end()) return {0, 0};
    return {begin - inputs_met.begin(), std::find_if(begin, inputs_met.end(), outside) - begin};
  }
  /// Which input the first output of a phase meets with a tap; it may lie outside of the image.
  Index input(Index phase, Index tap) const { return place(phase, tap) / divisor; }
  /// Of an input: its phase, and its place there.
  Index input_phase(Index at) const { return at - shift(at) * step_out; }
  Index shift(Index at) const { return at >= 0 ? at / step_out : -((step_out - 1 - at) / step_out); }

  Index outputs_of(Index phase) const { return divide_up(outputs - std::min(phase, outputs), divisor); }
  /// The places of a phase that `count` outputs of a phase meet, and at least the whole image's.
  Index reach(Index count) const { return count + high - low; }
  Index width() const { return std::max(reach(outputs_of(0)), divide_up(inputs, step_out) - low); }

 private:
  Index place(Index phase, Index tap) const { return phase * step_out + tap * step_tap + first; }
};

/// What forward and the input gradient compute for each group: out[row] = sum over channels and taps.
struct DirectProblem {
  Index batch, groups, channels, rows;  ///< input and output channels of a group
  DirectAxis down, across;

  static DirectProblem forward(const Convolution& c) {
    return {c.batch,
            c.groups,
            c.group_in(),
            c.group_out(),
            {c.out_h, c.in_h, c.kernel_h, c.stride_h, c.dilation_h, -c.top, 1},
            {c.out_w, c.in_w, c.kernel_w, c.stride_w, c.dilation_w, -c.left, 1}};
  }
  static DirectProblem input_gradient(const Convolution& c) {
    return {c.batch,
            c.groups,
            c.group_out(),
            c.group_in(),
            {c.in_h, c.out_h, c.kernel_h, 1, -c.dilation_h, c.top, c.stride_h},
            {c.in_w, c.out_w, c.kernel_w, 1, -c.dilation_w, c.left, c.stride_w}};
  }

  Index in_pixels() const { return down.inputs * across.inputs; }
  Index out_pixels() const { return down.outputs * across.outputs; }
  Index taps() const { return down.taps * across.taps; }
};

/// Rows of a phase of the result.
struct DirectBand {
  Index begin, end;
  Index rows() const { return end - begin; }
};

/// Where pixels stand: phases [step_h][step_w] of rows, for each channel and image. All in scalars.
struct DirectLayout {
  Index unit;  ///< scalars a pixel: 1, or kLanes for a pixel of as many images
  Index pitch, plane, channel, image;
  std::vector<Index> columns;  ///< the place of each pixel of a row of the image, counted in pixels

  /// For bands of at most `band` rows.
  DirectLayout(const DirectProblem& p, bool by_images, Index band)
      : unit(by_images ? kLanes : 1),
        pitch(p.across.width() * unit),
        plane(p.down.reach(band) * pitch),
        channel(plane * p.down.step_out * p.across.step_out),
        image(channel * p.channels),
        columns(static_cast<std::size_t>(p.across.inputs)) {
    for (Index x = 0; x < p.across.inputs; x++) {
      columns[static_cast<std::size_t>(x)] = p.across.input_phase(x) * (plane / unit) + x / p.across.step_out;
    }
  }

  /// Of the place that output 0 of a band meets at this input of the axes.
  Index offset(const DirectProblem& p, Index y, Index x) const {
    return (p.down.input_phase(y) * p.across.step_out + p.across.input_phase(x)) * plane +
           (p.down.shift(y) - p.down.low) * pitch + (p.across.shift(x) - p.across.low) * unit;
  }

  /// Whether the margin is not most of what is laid out; with small images it may be.
  bool is_dense(const DirectProblem& p) const {
    constexpr Index kWorst = 3, kSmall = 4096;  // pixels laid out for each of the image, and beside that
    return channel <= (kWorst * p.in_pixels() + kSmall) * unit;
  }

  /// Lays out what a band meets of one channel: of the image at `x`, or of `images` images, `stride` apart, each pixel
  /// as `through` makes it.
  template <class Read>
  void read(const DirectProblem& p, const DirectBand& band, const Scalar* x, Index images, Index stride,
            const Read& through, Scalar* to) const {
    const Index begin = band.begin + p.down.low, end = begin + p.down.reach(band.rows());
    if (unit == 1) {
      std::fill_n(to, channel, Scalar(0));
    } else {
      clear(p, begin, end, to);
    }
    const Index step = p.down.step_out, height = p.down.inputs, width = p.across.inputs;
    const Index first = std::clamp<Index>(begin * step, 0, height),
                last = std::clamp<Index>(end * step, first, height);
    const bool at_once = step == 1 && p.across.step_out == 1;  // the rows are one after another
    Index phase = first % step, line = first / step - begin;
    for (Index y = first; y < last; y += at_once ? last - first : 1) {
      Scalar* const row = to + phase * p.across.step_out * plane + line * pitch - p.across.low * unit;
      if (++phase == step) phase = 0, line++;
      const Scalar* const from = x + y * width;
      if (unit == 1) {
        for (Index r = 0; r < (at_once ? last - first : 1); r++) {
          copy_pixels(p.across.step_out, from + r * width, width, through, row + r * pitch);
        }
      } else {
        read_planes({from, images, stride}, at_once ? (last - first) * width : width,
                    {reinterpret_cast<Vector*>(row), width, pitch / unit, at_once ? nullptr : columns.data()},
                    [&](Index, Vector v) { return through(v); });
      }
    }
  }

 private:
  // What no pixel will be laid out to: rows outside of the image, columns beside it.
  void clear(const DirectProblem& p, Index begin, Index end, Scalar* to) const {
    const Index phases = p.across.step_out, left = -p.across.low * unit,
                used = phases == 1 ? left + p.across.inputs * unit : left + p.across.inputs / phases * unit;
    for (Index phase = 0; phase < p.down.step_out * phases; phase++) {
      for (Index r = begin; r < end; r++, to += pitch) {
        const Index y = r * p.down.step_out + phase / phases;
        const bool inside = y >= 0 && y < p.down.inputs;
        std::fill(to, to + (inside ? left : pitch), Scalar(0));
        if (inside) std::fill(to + used, to + pitch, Scalar(0));
      }
      to += plane - (end - begin) * pitch;
    }
  }

  // A row of the image to its phases.
  template <class Read>
  void copy_pixels(Index step, const Scalar* from, Index width, const Read& through, Scalar* to) const {
    if (step == 1 && std::is_same_v<Read, AsItStands>) return copy_row(from, width, to);
    Index x = 0;
    if (step == 1 && width >= kLanes) {
      for (; x < width; x += kLanes) {
        const Index first = std::min(x, width - kLanes);
        store(to + first, through(load(from + first)));
      }
    } else if (step == 2) {
      for (; x + 2 * kLanes <= width; x += 2 * kLanes) {
        const Vector a = through(load(from + x)), b = through(load(from + x + kLanes));
        store(to + x / 2, evens(a, b));
        store(to + plane + x / 2, odds(a, b));
      }
    }
    for (; x < width; x++) to[columns[static_cast<std::size_t>(x)]] = through(from[x]);
  }
};

/// By pixels: each channel once for each column of taps, in rows as wide as the result's, or as those of its
/// phases. So a plane of results is one long vector, and a tap the same vector, shifted by whole rows.
struct ColumnLayout {
  std::vector<Index> columns;  ///< the inputs that output 0 of a row meets
  Index width, plane, channel, image;

  explicit ColumnLayout(const DirectProblem& p)
      : width(p.across.outputs_of(0)), plane(p.down.reach(p.down.outputs_of(0)) * width) {
    for (Index phase = 0; phase < p.across.phases(); phase++) {
      for (const Index tap : p.across.taps_of(phase)) columns.push_back(p.across.input(phase, tap));
    }
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    channel = p.down.step_out * static_cast<Index>(columns.size()) * plane;
    image = p.channels * channel;
  }

  /// Whether an image with all its copies fits the second-level cache. Else rows are long or taps many: then each row
  /// of results is a long vector by itself, and one of the DirectLayout serves all columns of taps.
  bool is_small() const {
    constexpr Index kMost = Index{1} << 18;
    return image <= kMost;
  }

  /// As that of DirectLayout.
  Index offset(const DirectProblem& p, Index y, Index x) const {
    const Index column = std::lower_bound(columns.begin(), columns.end(), x) - columns.begin();
    return (p.down.input_phase(y) * static_cast<Index>(columns.size()) + column) * plane +
           (p.down.shift(y) - p.down.low) * width;
  }

  /// Lays out one channel, and up to kLanes scalars behind, by way of `padded`, laid out by pixels.
  template <class Read>
  void read(const DirectProblem& p, const DirectLayout& layout, const Scalar* x, const Read& through,
            Scalar* padded, Scalar* to) const {
    layout.read(p, {0, p.down.outputs_of(0)}, x, 1, 0, through, padded);
    const Scalar* ahead = x + p.in_pixels();  // the next channel
    for (Index phase = 0; phase < p.down.step_out; phase++) {
      for (const Index column : columns) {
        const Scalar* from = padded + p.across.shift(column) - p.across.low +
                             (phase * p.across.step_out + p.across.input_phase(column)) * layout.plane;
        for (const Scalar* const end = to + plane; to < end; from += layout.pitch, to += width) {
          for (Index i = 0; i < width; i += kLanes) store(to + i, load(from + i));
          __builtin_prefetch(ahead), ahead += 64 / sizeof(Scalar);
        }
      }
    }
  }
};

}  // namespace reel::inline REEL_PRECISION::kernels

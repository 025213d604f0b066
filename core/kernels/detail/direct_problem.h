// What the direct convolution computes, along its two axes. Internal to direct_*.cpp.
//
// Along an axis, output o of a correlation meets input (o step_out + tap step_tap + first) / divisor with those
// taps for which that is whole. Forward has the stride for step_out, the input gradient for divisor. So outputs
// that are `divisor` apart, a phase of the result, meet the same taps, at inputs that are step_out apart; and
// where the input is laid out as step_out phases too, output k of a phase meets with each tap the same phase of
// the input at k plus a whole number: a shift.
//
//   row of the image, step 2      a b c d e f         laid out with a margin for the taps at the border
//   its phases                    0 a c e | 0 b d f   output k meets 0ace[k], 0bdf[k] and 0ace[k + 1]
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include <reel/core/kernels/detail/convolution_plan.h>

namespace reel::inline REEL_PRECISION::kernels {

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
  /// Of the inputs that output 0 of a phase meets, those whose taps hit the image from some of `count` outputs from
  /// `at` on.
  TapRange hit(const std::vector<Index>& inputs_met, Index at, Index count) const {
    const auto outside = [&](Index input) {
      return input + (at + count - 1) * step_out < 0 || input + at * step_out >= inputs;
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
  /// The places of a phase that `count` outputs of a phase meet.
  Index reach(Index count) const { return count + high - low; }
  /// The same of all outputs, and at least the whole image's.
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

}  // namespace reel::inline REEL_PRECISION::kernels

#include <reel/core/ops/convolution_explain.h>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

using kernels::Convolution;

// "3-u", "(3-2u)/2": where an image's row `start` lies in the results.
std::string descending(Index start, Index step, std::string_view u, Index stride) {
  const std::string text = fmt::format("{}-{}{}", start, step == 1 ? "" : std::to_string(step), u);
  return stride == 1 ? text : fmt::format("({})/{}", text, stride);
}

// "image 0, output channel 1, row 2, column 3"
std::string pixel(const Explain& e) {
  return fmt::format("image {}, {} channel {}, row {}, column {}", e.at(0),
                     e.of_output() ? "output" : "input", e.at(1), e.at(2), e.at(3));
}

// "w[0,c,u,v]", "w[0,c]"
std::string weight_text(const ExplainedTensor& weight, std::string_view out, std::string_view in,
                        const Convolution& s) {
  if (weight.dim == 2) return fmt::format("{}[{},{}]", weight.name, out, in);
  return fmt::format("{}[{},{},{}]", weight.name, out, in, s.taps() == 1 ? "0,0" : "u,v");
}

bool has_bias(const Explain& e) { return e.of_output() && e.inputs() > 2; }

std::string bias_text(const Explain& e) {
  return has_bias(e) ? fmt::format(" + {}[{}]", e.x_name(2), e.at(1)) : "";
}

void bias_term(Explain& e) {
  if (has_bias(e)) e.term({}, e.x(2, e.at(1)), Explain::number(1), "bias");
}

// A kernel of one pixel has no loop over its pixels.
std::vector<std::string> channel_loop(const Convolution& s, const char* channel) {
  if (s.taps() == 1) return {channel};
  return {channel, "u", "v"};
}

template <class F>
void for_each_tap(const Convolution& s, F&& f) {
  for (Index u = 0; u < s.kernel_h; u++) {
    for (Index v = 0; v < s.kernel_w; v++) f(u, v);
  }
}

// The part of a loop's place that channel_loop names.
std::span<const Index> named(const Convolution& s, const std::array<Index, 3>& place) {
  return std::span(place).first(s.taps() == 1 ? 1 : 3);
}

}  // namespace

std::string ascending(std::string_view i, Index step, Index start) {
  return fmt::format("{}{}{:+}", step == 1 ? "" : std::to_string(step), i, start);
}

ExplainedTensor explained_input(const Explain& e, std::size_t i) {
  return {e.x_name(i), e.input(i).dim(), false, [&e, i](Index at) { return e.x(i, at); }};
}

ExplainedTensor explained_dy(const Explain& e) {
  return {e.dy_name(), e.dy().dim(), true, [&e](Index at) { return e.dy(at); }};
}

void explain_convolution(Explain& e, const Convolution& s, const ExplainedTensor& images,
                         const ExplainedTensor& weight) {
  const Index n = e.at(0), o = e.at(1), first = o / s.group_out() * s.group_in();  // of its group's channels
  const Index top = e.at(2) * s.stride_h - s.top, left = e.at(3) * s.stride_w - s.left;
  const std::string channel = s.groups == 1 ? "c" : ascending("c", 1, first);
  const std::string window = s.taps() == 1 ? fmt::format("{},{}", top, left)
                                           : fmt::format("{},{}", ascending("u", s.dilation_h, top),
                                                         ascending("v", s.dilation_w, left));
  e.rule(pixel(e),
         fmt::format("sum over {} of {}[{},{},{}] * {}{}", s.taps() == 1 ? "c" : "c,u,v", images.name, n,
                     channel, window, weight_text(weight, std::to_string(o), "c", s), bias_text(e)),
         channel_loop(s, "c"));
  for (Index c = 0; c < s.group_in(); c++) {
    for_each_tap(s, [&](Index u, Index v) {
      const Index h = top + u * s.dilation_h, w = left + v * s.dilation_w;
      const Factor b = weight.at((o * s.group_in() + c) * s.taps() + u * s.kernel_w + v);
      const std::array<Index, 3> place{c, u, v};
      if (h < 0 || h >= s.in_h || w < 0 || w >= s.in_w) return e.left_out(named(s, place), b, "padding");
      e.term(named(s, place), images.at(((n * s.in_channels + first + c) * s.in_h + h) * s.in_w + w), b);
    });
  }
  bias_term(e);
}

void explain_convolution_images(Explain& e, const Convolution& s, const ExplainedTensor& results,
                                const ExplainedTensor& weight) {
  const Index n = e.at(0), group = e.at(1) / s.group_in(), c = e.at(1) % s.group_in();
  const Index h = e.at(2) + s.top, w = e.at(3) + s.left;
  const bool strided = s.stride_h > 1 || s.stride_w > 1;
  const std::string position = s.taps() == 1 && !strided
                                   ? fmt::format("{},{}", h, w)
                                   : fmt::format("{},{}", descending(h, s.dilation_h, "u", s.stride_h),
                                                 descending(w, s.dilation_w, "v", s.stride_w));
  e.rule(pixel(e),
         fmt::format("sum over {} of {}[{},o,{}] * {}{}{}", s.taps() == 1 ? "o" : "o,u,v", results.name, n,
                     position, weight_text(weight, "o", std::to_string(c), s), bias_text(e),
                     strided ? ", where that is a whole position" : ""),
         channel_loop(s, "o"));
  for (Index o = group * s.group_out(); o < (group + 1) * s.group_out(); o++) {
    for_each_tap(s, [&](Index u, Index v) {
      const Index down = h - u * s.dilation_h, right = w - v * s.dilation_w;
      if (down < 0 || right < 0 || down % s.stride_h != 0 || right % s.stride_w != 0) return;
      const Index i = down / s.stride_h, j = right / s.stride_w;
      if (i >= s.out_h || j >= s.out_w) return;
      const std::array<Index, 3> place{o, u, v};
      e.term(named(s, place), results.at(((n * s.out_channels + o) * s.out_h + i) * s.out_w + j),
             weight.at((o * s.group_in() + c) * s.taps() + u * s.kernel_w + v));
    });
  }
  bias_term(e);
}

void explain_convolution_weight(Explain& e, const Convolution& s, const ExplainedTensor& results,
                                const ExplainedTensor& images) {
  const bool plain = e.shape().dim() == 2;
  const Index o = e.at(0), c = e.at(1), u = plain ? 0 : e.at(2), v = plain ? 0 : e.at(3);
  const Index channel = o / s.group_out() * s.group_in() + c;
  const Index top = u * s.dilation_h - s.top, left = v * s.dilation_w - s.left;
  const std::string result = fmt::format("{}[n,{},i,j]", results.name, o);
  const std::string image = fmt::format("{}[n,{},{},{}]", images.name, channel,
                                        ascending("i", s.stride_h, top), ascending("j", s.stride_w, left));
  const bool swapped = images.gradient;  // of a transposed convolution, whose output is on the images' side
  e.rule(fmt::format("input channel {} -> output channel {}, kernel row {}, column {}", swapped ? o : channel,
                     swapped ? channel : o, u, v),
         fmt::format("sum over n,i,j of {} * {}", swapped ? image : result, swapped ? result : image),
         {"n", "i", "j"});
  for (Index n = 0; n < s.batch; n++) {
    for (Index i = 0; i < s.out_h; i++) {
      for (Index j = 0; j < s.out_w; j++) {
        const Index h = i * s.stride_h + top, w = j * s.stride_w + left;
        const Factor a = results.at(((n * s.out_channels + o) * s.out_h + i) * s.out_w + j);
        if (h < 0 || h >= s.in_h || w < 0 || w >= s.in_w) {
          e.left_out({n, i, j}, a, "padding");
          continue;
        }
        const Factor b = images.at(((n * s.in_channels + channel) * s.in_h + h) * s.in_w + w);
        e.term({n, i, j}, swapped ? b : a, swapped ? a : b);
      }
    }
  }
}

void explain_channel_bias(Explain& e) {
  const Shape& y = e.dy().shape();
  const Index channel = e.at(0);
  e.rule(fmt::format("output channel {}", channel),
         fmt::format("sum over n,i,j of {}[n,{},i,j]", e.dy_name(), channel), {"n", "i", "j"});
  for (Index n = 0; n < y[0]; n++) {
    for (Index i = 0; i < y[2]; i++) {
      for (Index j = 0; j < y[3]; j++) {
        e.term({n, i, j}, e.dy(((n * y[1] + channel) * y[2] + i) * y[3] + j), Explain::number(1));
      }
    }
  }
}

}  // namespace reel::inline REEL_PRECISION::detail

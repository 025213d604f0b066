#include "common/filter_strips.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include <reel/core/text/detail/escape.h>

#include "common/pictures.h"

namespace reel::apps {
namespace {

using Moment = FilterHistory::Moment;

constexpr Index kMost = 32;  // filters in a strip

Scalar largest_of(const std::vector<Moment>& moments) {
  Scalar largest = 0;
  for (const Moment& moment : moments)
    for (const Scalar w : moment.weight.values()) largest = std::max(largest, std::abs(w));
  return largest > 0 ? largest : 1;
}

// A square for each weight, in the colour of its sign, the fuller the larger.
std::string signed_svg(std::span<const Scalar> weights, Index width, Scalar largest,
                       const std::string& name) {
  const Index height = std::ssize(weights) / width;
  std::string squares;
  for (Index i = 0; i < std::ssize(weights); i++) {
    const Scalar w = weights[static_cast<std::size_t>(i)];
    squares += fmt::format(R"(<path class="{}" d="M{} {}h1v1h-1z" opacity="{:.2f}"/>)", w < 0 ? "neg" : "pos",
                           i % width, i / width, std::abs(w) / largest);
  }
  return fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>)", width, height, name,
                     squares);
}

// The weights for red, green and blue as amounts of these colours: half of each is 0.
std::string coloured_image(std::span<const Scalar> weights, const Shape& shape, Scalar largest,
                           const std::string& name) {
  Tensor image = Tensor::uninitialized(shape);
  std::ranges::transform(weights, image.mutable_data(), [&](Scalar w) { return (w / largest + 1) / 2; });
  return image_html(image, name);
}

std::string strip(const Moment& moment, Scalar largest) {
  const Tensor& weight = moment.weight;
  const Shape shape{weight.size(1), weight.size(2), weight.size(3)};
  const auto count = static_cast<std::size_t>(shape.numel());
  const Index shown = std::min(weight.size(0), kMost);
  std::string out = fmt::format("<div class=\"filters\" style=\"--count:{}\">", shown);
  for (Index f = 0; f < shown; f++) {
    const std::span<const Scalar> own = weight.values().subspan(static_cast<std::size_t>(f) * count, count);
    const std::string name = fmt::format("filter {}", f);
    out +=
        shape[0] == 1 ? signed_svg(own, shape[2], largest, name) : coloured_image(own, shape, largest, name);
  }
  return out + "</div>\n";
}

std::string moment_name(std::int64_t epoch) {
  return epoch == 0 ? "at the start" : fmt::format("epoch {}", epoch);
}

std::string colours_in_words(const std::string& name, const Tensor& weight, Scalar largest) {
  const std::string shown =
      weight.size(0) > kMost ? fmt::format(", the first {} of {}", kMost, weight.size(0)) : "";
  const std::string colours =
      weight.size(1) == 1
          ? fmt::format("blue is positive, orange negative; the full colour is {:.3g}.", largest)
          : fmt::format(
                "a square is as red, green and blue as its weights for these colours say: half of a "
                "colour is 0, none is -{0:.3g}, all of it is {0:.3g}; so a grey square does not ask "
                "for colour.",
                largest);
  return fmt::format("<p>{}{}: {}", escape_html(name), shown, colours);
}

bool same_weights(const Moment& a, const Moment& b) {
  return std::ranges::equal(a.weight.values(), b.weight.values());
}

}  // namespace

std::string filter_strips(const std::string& name, const std::vector<Moment>& moments) {
  const Scalar largest = largest_of(moments);
  const std::string words = colours_in_words(name, moments.back().weight, largest);
  const bool changed = !same_weights(moments.front(), moments.back());
  if (!changed) {
    const char* const why = moments.size() > 1 ? " The training did not change them." : "";
    return fmt::format("{}{}</p>\n{}", words, why, strip(moments.back(), largest));
  }
  std::string out = fmt::format(
      "{} Each column is one filter, from above as the training went on.</p>\n<div class=\"strips\">\n",
      words);
  for (const Moment& moment : moments) {
    out += fmt::format("<span>{}</span>{}", moment_name(moment.epoch), strip(moment, largest));
  }
  return out + "</div>\n";
}

}  // namespace reel::apps

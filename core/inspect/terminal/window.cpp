// `window`: the pixels under a window, each beside the weight that it meets.
#include <reel/core/inspect/terminal/detail/window.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kShownSide = 16, kShownChannels = 8, kShownTotals = 16;
constexpr std::size_t kWindowIndent = 4;  // of the blocks

// What a term is by its factors: in the padding there is no pixel, and a bias stands behind x and the weight. A
// maximum counts one pixel alone; where it has none, its term is the output itself.
bool is_pixel(const Factor& factor) { return factor.of == Factor::Of::kInput && factor.input == 0; }
bool is_bias(const Term& term) { return term.a.of == Factor::Of::kInput && term.a.input == 2; }
bool counts(const Term& term) { return term.b.value != 0; }

using Grid = std::vector<std::vector<std::string>>;

// The pixels of one channel under the window, row by row.
struct Channel {
  Index input;  // which channel of the input
  double total = 0;
  Grid pixels = {}, kernel = {}, products = {};
  std::vector<std::vector<Json>> pixels_json = {}, kernel_json = {}, products_json = {};
};

// The window of an element: rows and columns of the input, and what the ops say of each pixel.
class WindowView {
 public:
  WindowView(const Trace& trace, std::size_t node, Index element)
      : trace_(trace),
        node_(node),
        element_(element),
        info_(trace.nodes()[node]),
        sums_(trace.facts(node).formula.has_value()) {
    const auto explanation =
        trace.explain(trace.value_event(node), element, [this](const Term& term) { take(term); });
    explanation_ = explanation.value();
  }

  /// Whether there was a term for each pixel of the window, in each channel.
  bool is_whole() const {
    const Size2 kernel = info_.reads[0].window.kernel;
    return !mixes_ && (sums_ || taken_from_ || padded_) && taken_ % (kernel.h * kernel.w) == 0;
  }

  Answer convolution(std::size_t width) const {
    const std::size_t room = room_behind(kWindowIndent, width);
    std::string text = head();
    for (std::size_t c = 0; c < shown_.size(); c++) {
      const Channel& channel = shown_[c];
      text += say("  channel {}: {}; times {}{}\n", channel.input, slice_text(channel.input), input_name(1),
                  bracketed({{std::to_string(at(1)), std::to_string(c)}}));
      text += beside({{grid(channel.pixels, room)},
                      {{}, "*"},
                      {grid(channel.kernel, room)},
                      {{}, "="},
                      {grid(channel.products, room)},
                      {last_line(channel.pixels.size(), say("sub-total {}", number_text(channel.total)))}},
                     kWindowIndent, width);
    }
    if (totals_.size() > shown_.size()) {
      text += say("  and {} more channels\n", totals_.size() - shown_.size());
    }
    text += crop_text() + legend("(0)");
    return {text + "  " + sum_line() + stored_text() + "\n", json()};
  }

  Answer pooling(std::size_t width) const {
    std::string text = head() + fmt::format("  {}\n", slice_text(at(1)));
    const Channel& channel = shown_.front();
    text += beside({{grid(channel.pixels, room_behind(kWindowIndent, width))}}, kWindowIndent) + crop_text();
    if (!sums_) return {text + legend("-") + taken_text() + "     " + stored_text() + "\n", json()};
    return {text + legend("(0)") +
                fmt::format("  {} {}= {}     ", number_text(pixel_sum_),
                            share_.empty() ? "" : "* " + share_ + " ", number_text(explanation_.sum)) +
                stored_text() + "\n",
            json()};
  }

 private:
  Index at(Index d) const {
    Index rest = element_;
    for (Index k = 3; k > d; k--) rest /= info_.shape[k];
    return rest % info_.shape[d];
  }
  const std::string& input_name(std::size_t i) const { return trace_.nodes()[info_.inputs[i]].name; }
  bool has_kernel() const { return info_.inputs.size() > 1; }  // else a pooling

  // Terms come channel by channel and row by row; behind them the bias.
  void take(Term term) {
    if (is_pixel(term.b)) std::swap(term.a, term.b);  // the weight stood first
    if (is_bias(term)) {
      bias_ = term.a.value;
      return;
    }
    if (term.a.of == Factor::Of::kOutput) return;
    const Index taps = info_.reads[0].window.kernel.h * info_.reads[0].window.kernel.w;
    const Index c = taken_ / taps, tap = taken_ % taps;
    taken_++;
    if (tap == 0) totals_.push_back(0);
    totals_.back() += term.product;
    if (tap == 0 && c < kShownChannels) shown_.push_back({.input = input_channel(c)});
    if (c < kShownChannels) show(shown_.back(), tap, term);
    if (!is_pixel(term.a)) {
      (term.b.value == 0 ? padded_ : mixes_) = true;
      return;
    }
    if (!sums_ && counts(term)) taken_from_ = term.a.index;
    pixel_sum_ += term.a.value;
    share_ = term.note;
  }

  // Grouped convolutions read the channels of their group alone, poolings their own.
  Index input_channel(Index c) const {
    if (!has_kernel()) return at(1);
    const Index group_in = trace_.nodes()[info_.inputs[1]].shape[1];
    const Index groups = trace_.nodes()[info_.inputs[0]].shape[1] / group_in;
    return at(1) / (info_.shape[1] / groups) * group_in + c;
  }

  void show(Channel& channel, Index tap, const Term& term) const {
    channel.total += term.product;
    const Index row = tap / info_.reads[0].window.kernel.w, column = tap % info_.reads[0].window.kernel.w;
    if (row >= kShownSide || column >= kShownSide) return;
    const bool padding = !is_pixel(term.a);
    const auto put = [&](Grid& texts, auto& numbers, std::string text, Json number) {
      if (column == 0) texts.emplace_back();
      if (column == 0) numbers.emplace_back();
      texts.back().push_back(std::move(text));
      numbers.back().push_back(std::move(number));
    };
    put(channel.pixels, channel.pixels_json, pixel_text(term), padding ? Json() : term.a.value);
    if (!has_kernel()) return;
    const double weight = padding ? term.a.value : term.b.value;  // of padding only the weight is named
    put(channel.kernel, channel.kernel_json, number_text(weight), weight);
    put(channel.products, channel.products_json, number_text(term.product), term.product);
  }

  std::string pixel_text(const Term& term) const {
    if (!is_pixel(term.a)) return sums_ ? "(0)" : "-";
    if (!sums_ && counts(term)) return fmt::format("[{}]", number_text(term.a.value));
    return number_text(term.a.value);
  }

  std::string head() const {
    return fmt::format("window {} = {}     {}\n  {}\n", element_name(info_, element_),
                       number_text(explanation_.sum), explanation_.place, explanation_.formula);
  }

  // "x[0,1], rows -1..1, columns 0..4 by 2"
  std::string slice_text(Index channel) const {
    const auto& [kind, window, start] = info_.reads[0];
    const auto side = [](Index first, Index kernel, Index dilation) {
      return fmt::format("{}..{}{}", first, first + (kernel - 1) * dilation,
                         dilation == 1 ? "" : say(" by {}", dilation));
    };
    return say("{}[{},{}], rows {}, columns {}", input_name(0), at(0), channel,
               side(start.h + at(2) * window.stride.h, window.kernel.h, window.dilation.h),
               side(start.w + at(3) * window.stride.w, window.kernel.w, window.dilation.w));
  }

  static Block last_line(std::size_t height, const std::string& line) {
    Block block(height);
    block.back() = line;
    return block;
  }

  std::string crop_text() const {
    const Size2 kernel = info_.reads[0].window.kernel;
    if (kernel.h <= kShownSide && kernel.w <= kShownSide) return "";
    return say("  shown are {} of {} rows and {} of {} columns of the window\n",
               std::min(kernel.h, kShownSide), kernel.h, std::min(kernel.w, kShownSide), kernel.w);
  }
  std::string legend(std::string_view mark) const { return padded_ ? say("  {} is padding\n", mark) : ""; }

  // "19 + 37 - 80 (bias b[0]) = -24     "; "" of one sub-total alone, which stands above.
  std::string sum_line() const {
    if (totals_.size() == 1 && !bias_) return "";
    const auto shown = std::span(totals_).first(std::min<std::size_t>(totals_.size(), kShownTotals));
    std::string text;
    for (const double total : shown) text += text.empty() ? number_text(total) : summand_text(total);
    if (shown.size() < totals_.size()) {
      double rest = 0;
      for (const double total : std::span(totals_).subspan(shown.size())) rest += total;
      text += say("{} (the {} other channels)", summand_text(rest), totals_.size() - shown.size());
    }
    if (bias_) text += say("{} (bias {}[{}])", summand_text(*bias_), input_name(2), at(1));
    return fmt::format("{} = {}     ", text, number_text(explanation_.sum));
  }

  std::string taken_text() const {
    if (!taken_from_) return say("  all is padding");
    return say("  taken: {}", element_name(trace_.nodes()[info_.inputs[0]], *taken_from_));
  }

  double stored() const { return trace_.number(trace_.value_event(node_), element_); }
  std::string stored_text() const {
    const std::string number = number_text(stored());
    return trace_.is_set(node_, element_) ? say("stored {}, which was set", number)
                                          : say("stored {}", number);
  }

  Json json() const {
    Json channels = Json::array();
    for (const Channel& c : shown_) {
      Json channel = {{"channel", c.input}, {"pixels", c.pixels_json}, {"total", c.total}};
      if (has_kernel()) channel.add({{"kernel", c.kernel_json}});
      if (has_kernel()) channel.add({{"products", c.products_json}});
      channels.push_back(channel);
    }
    Json data = {
        {"name", element_name(info_, element_)}, {"formula", explanation_.formula}, {"channels", channels},
        {"channel_count", totals_.size()},       {"sum", explanation_.sum},         {"stored", stored()}};
    if (bias_) data.add({{"bias", *bias_}});
    return data;
  }

  const Trace& trace_;
  std::size_t node_;
  Index element_;
  const TraceNode& info_;
  bool sums_;  // else it takes the largest
  Explanation explanation_;
  std::vector<Channel> shown_;
  std::vector<double> totals_;  // of every channel
  std::optional<double> bias_;
  std::optional<Index> taken_from_;  // the pixel that a max pool took
  std::string share_;                // "1 / 4" of an average
  double pixel_sum_ = 0;
  Index taken_ = 0;  // terms so far, without the bias
  bool padded_ = false;
  bool mixes_ = false;  // numbers that are neither pixels nor padding, as a softmax does
};

}  // namespace

bool is_convolution(const Trace& trace, std::size_t node) {
  const TraceNode& info = trace.nodes()[node];
  if (info.inputs.size() < 2 || info.reads[0].kind != Reads::Kind::kWindow ||
      info.reads[1].kind != Reads::Kind::kWeight) {
    return false;
  }
  const Shape& weight = trace.nodes()[info.inputs[1]].shape;
  const Size2 kernel = weight.dim() == 4 ? Size2(weight[2], weight[3]) : Size2(1);
  const Window& window = info.reads[0].window;  // without strides it is a line that a linear reads
  return weight.dim() >= 2 && weight[0] == info.shape[1] && kernel == window.kernel &&
         std::min(window.stride.h, window.stride.w) > 0;
}

Answer window(const Trace& trace, std::size_t node, Index element, std::size_t width) {
  (void)trace.number(trace.value_event(node), element);  // a ShapeError where it is out of range
  const TraceNode& info = trace.nodes()[node];
  const bool slides = !info.reads.empty() && info.reads[0].kind == Reads::Kind::kWindow;
  if (slides && (info.inputs.size() == 1 || is_convolution(trace, node))) {
    const WindowView view(trace, node, element);
    if (view.is_whole()) return info.inputs.size() > 1 ? view.convolution(width) : view.pooling(width);
  }
  throw Error(
      say("window: {} comes from {}, which slides no window over images; ask of an element of "
          "a convolution's or a pooling's output",
          info.name, op_kind_text(info)));
}

}  // namespace reel::inline REEL_PRECISION::inspect

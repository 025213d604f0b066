// Reads names and indices, with the way out where one is wrong, and writes them.
#include <reel/core/inspect/terminal/detail/element.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::string_view kGradient = "grad ";

bool is_node(const Trace& trace, std::string_view name) { return !trace.called(name).empty(); }

bool is_tensor(const Trace& trace, std::string_view name) {
  return is_node(trace, name) || (name.starts_with('d') && is_node(trace, name.substr(1)));
}

[[noreturn]] void throw_unknown(const Trace& trace, std::string_view name) {
  std::vector<std::string> names;
  for (const TraceNode& node : trace.nodes()) names.push_back(node.name);
  for (const TraceNode& node : trace.nodes()) names.push_back(gradient_name(node.name));
  throw Error(
      say("nothing is called \"{}\"{}", name, suggestion(name, names, say("; `list` shows what there is"))));
}

// A tensor's name and, where there is one, what stands in the brackets after it.
struct Parts {
  TensorRef tensor;
  std::optional<std::string_view> index;
};

Parts split(const Trace& trace, std::string_view text) {
  text = trimmed(text);
  if (text.empty()) throw Error(say("which tensor? `list` shows what there is"));
  const std::string_view name = text.starts_with(kGradient) ? text.substr(kGradient.size()) : text;
  const std::size_t bracket = text.rfind('[');
  if (is_tensor(trace, trimmed(name)) || bracket == std::string_view::npos) {
    return {parse_tensor(trace, text), {}};
  }
  if (!text.ends_with(']') && text.find(']', bracket) == std::string_view::npos) {
    throw Error(say("{}: the bracket is not closed, a ] is missing", text));
  }
  if (!text.ends_with(']')) return {parse_tensor(trace, text), {}};
  return {parse_tensor(trace, text.substr(0, bracket)), text.substr(bracket + 1, text.size() - bracket - 2)};
}

// One index or slice of a command, with what its errors need.
class IndexParser {
 public:
  IndexParser(const TraceNode& node, std::string_view asked) : node_(node), asked_(asked) {}

  // The pieces between commas: a range for each, slices where they are allowed.
  std::vector<IndexRange> ranges(std::string_view list, bool slices) const {
    std::vector<IndexRange> result;
    while (!trimmed(list).empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view piece = trimmed(list.substr(0, comma));
      const Index dimension = std::ssize(result);
      if (dimension == node_.shape.dim()) throw_count(slices);
      result.push_back(slices && piece.find(':') != std::string_view::npos ? slice(piece, dimension)
                                                                           : number(piece, dimension));
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
    return result;
  }

  [[noreturn]] void throw_count(bool fewer_will_do) const {
    const Index dim = node_.shape.dim();
    if (fewer_will_do) {
      throw ShapeError(say_counted(dim, "{}: {} is {} and takes at most {} index",
                                   "{}: {} is {} and takes at most {} indices", asked_, node_.name,
                                   node_.shape, dim));
    }
    throw ShapeError(say_counted(dim, "{}: {} is {} and takes {} index", "{}: {} is {} and takes {} indices",
                                 asked_, node_.name, node_.shape, dim));
  }

 private:
  IndexRange number(std::string_view text, Index dimension) const {
    const Index given = integer(text), size = node_.shape[dimension],
                index = given < 0 ? given + size : given;
    if (index < 0 || index >= size) {
      throw ShapeError(say("{}: {} is {}, its dimension {} has {}, not {}", asked_, node_.name, node_.shape,
                           dimension, indices_text(size), given));
    }
    return {index, index + 1, true};
  }

  IndexRange slice(std::string_view text, Index dimension) const {
    const std::size_t colon = text.find(':');
    const Index size = node_.shape[dimension];
    const auto bound = [&](std::string_view number, Index otherwise) {
      if (trimmed(number).empty()) return otherwise;
      const Index given = integer(trimmed(number));
      return std::clamp<Index>(given < 0 ? given + size : given, 0, size);
    };
    const Index begin = bound(text.substr(0, colon), 0), end = bound(text.substr(colon + 1), size);
    return {begin, std::max(begin, end)};
  }

  Index integer(std::string_view text) const {
    const std::optional<Index> value = parse_integer(text);
    if (value) return *value;
    throw Error(
        say("{}: an index is a whole number, or in `print` a slice such as 1:3, not \"{}\"", asked_, text));
  }

  const TraceNode& node_;
  std::string_view asked_;
};

}  // namespace

TensorRef parse_tensor(const Trace& trace, std::string_view text) {
  text = trimmed(text);
  const bool gradient = text.starts_with(kGradient);
  if (gradient) text = trimmed(text.substr(kGradient.size()));
  if (text.starts_with(kGradient))
    throw Error(say("a gradient has no gradient here: `grad` stands once, as in `grad w`"));
  if (is_node(trace, text)) return {trace.find(text), gradient};
  if (is_tensor(trace, text)) return {trace.find(text.substr(1)), true};
  throw_unknown(trace, text);
}

ElementRef parse_element(const Trace& trace, std::string_view text) {
  const Parts parts = split(trace, text);
  const TraceNode& node = trace.nodes()[parts.tensor.node];
  const IndexParser parser(node, trimmed(text));
  const std::vector<IndexRange> ranges = parser.ranges(parts.index.value_or(""), false);
  if (ranges.empty() && node.shape.numel() == 1) return {parts.tensor, 0};
  if (std::ssize(ranges) != node.shape.dim()) parser.throw_count(false);
  Index element = 0;
  for (std::size_t d = 0; d < ranges.size(); d++) {
    element = element * node.shape[static_cast<Index>(d)] + ranges[d].begin;
  }
  return {parts.tensor, element};
}

SliceRef parse_slice(const Trace& trace, std::string_view text) {
  const Parts parts = split(trace, text);
  const TraceNode& node = trace.nodes()[parts.tensor.node];
  std::vector<IndexRange> ranges = IndexParser(node, trimmed(text)).ranges(parts.index.value_or(""), true);
  for (Index d = std::ssize(ranges); d < node.shape.dim(); d++) ranges.push_back({0, node.shape[d]});
  return {parts.tensor, std::move(ranges), parts.index ? fmt::format("[{}]", *parts.index) : ""};
}

std::string text_of(const Trace& trace, TensorRef tensor) {
  const std::string& name = trace.nodes()[tensor.node].name;
  return tensor.gradient ? gradient_name(name) : name;
}

std::string text_of(const Trace& trace, const ElementRef& element) {
  const TensorRef& tensor = element;
  return text_of(trace, tensor) + index_text(trace.nodes()[element.node].shape, element.element);
}

Json json_of(const Trace& trace, const ElementRef& element) {
  const TensorRef& tensor = element;
  std::vector<Index> index;
  for (const std::string& i : index_texts(trace.nodes()[element.node].shape, element.element)) {
    index.push_back(*parse_integer(i));
  }
  return {{"tensor", text_of(trace, tensor)}, {"index", index}};
}

}  // namespace reel::inline REEL_PRECISION::inspect

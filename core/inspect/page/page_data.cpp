// A trace as the JSON that core/inspect/page/engine reads.
#include <reel/core/inspect/page/detail/page_data.h>

#include <array>

#include <reel/core/inspect/detail/glossary.h>
#include <reel/core/inspect/page/detail/page_files.h>
#include <reel/core/inspect/page/detail/tensor_data.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/wrap.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Those of ops.h all explain themselves, and the page reads words, or says why it cannot. Of another it shows when it
// does; the first term is enough.
bool explains(const Trace& trace, std::size_t node, const OpFacts& facts) {
  const TraceNode& info = trace.nodes()[node];
  if (!trace.op(node)) return false;
  if (info.built_in || facts.formula || facts.function) return true;
  if (info.shape.numel() == 0) return false;  // there is nothing to ask for
  struct Enough {};
  try {
    return trace.explain(trace.value_event(node), 0, [](const Term&) { throw Enough(); }).has_value();
  } catch (const Enough&) {
    return true;
  }
}

// What engine/normalization.js reads.
Json normalization_data(const Normalization& n) {
  return {{"groups", n.groups.sizes()}, {"affine", n.affine.sizes()}, {"own", n.own_statistics}};
}

Json options_data(std::span<const OpOption> options) {
  Json result = Json::object();
  for (const OpOption& option : options) result.add({{option.name, option.values}});
  return result;
}

Json table_data(const formula::Table& table) {
  Json loops = Json::array();
  for (const formula::Loop loop : table.loops) loops.push_back(loop.index);
  return {{"name", table.name},
          {"loops", loops},
          {"counts", table.numbers.shape().sizes()},
          {"numbers", tensor_data(table.numbers, table.numbers.numel())}};
}

// [start, [loop, step, per] or [null, step, per, table], ...]
Json affine_data(const formula::Affine& affine) {
  Json result = Json::array();
  result.push_back(affine.start);
  for (const auto& [loop, step, per, table] : affine.parts) {
    Json part = Json::array();
    part.push_back(table ? Json() : Json(loop.index));
    part.push_back(step);
    part.push_back(per);
    if (table) part.push_back(table_data(*table));
    result.push_back(part);
  }
  return result;
}

Json access_data(const formula::Access& access) {
  Json result = Json::array();
  for (const formula::Affine& affine : access) result.push_back(affine_data(affine));
  return result;
}

Json scale_data(const formula::Scale& scale) {
  Json counts = Json::array(), weights = Json::array();
  const Tensor mask = scale.mask ? scale.mask() : Tensor();
  for (const formula::Table& table : scale.weights) weights.push_back(table_data(table));
  for (const auto& [loop, at, low, high] : scale.counts) {
    counts.push_back({{"loop", loop.index}, {"at", affine_data(at)}, {"low", low}, {"high", high}});
  }
  return {{"number", scale.number},  {"divides", scale.divides},
          {"text", scale.text},      {"counts", counts},
          {"weights", weights},      {"mask", mask.defined() ? tensor_data(mask, mask.numel()) : Json()},
          {"chooses", scale.chooses}};
}

// What engine/formula.js reads.
Json formula_data(const Formula& formula) {
  Json loops = Json::array(), summands = Json::array(), places = Json::array();
  for (const auto& [name, count] : formula.loops) loops.push_back({{"name", name}, {"count", count}});
  for (const formula::Summand& summand : formula.summands) {
    Json factors = Json::array();
    for (const auto& [input, at] : summand.factors)
      factors.push_back({{"input", input}, {"at", access_data(at)}});
    summands.push_back({{"result", access_data(summand.result)},
                        {"factors", factors},
                        {"scale", scale_data(summand.scale)},
                        {"note", summand.note}});
  }
  for (const auto& [text, numbers] : formula.places) {
    places.push_back({{"text", text}, {"numbers", access_data(numbers)}});
  }
  return {{"loops", loops},
          {"summands", summands},
          {"elsewhere", formula.elsewhere},
          {"elsewhereNote", formula.elsewhere_note},
          {"places", places}};
}

// What engine/function.js reads.
Json function_data(const OpFacts& facts) {
  if (!facts.function) return {};
  const auto& [value, derivative, is_gate] = *facts.function;
  return {{"value", value}, {"derivative", derivative}, {"isGate", is_gate}};
}

// What a node reads of each input: receptive fields and windows in the page follow from it.
Json reads_data(const TraceNode& node) {
  Json result = Json::array();
  const auto size = [](Size2 s) { return std::array{s.h, s.w}; };
  for (const auto& [kind, window, start] : node.reads) {
    result.push_back({{"kind", kind_name(kind)},
                      {"kernel", size(window.kernel)},
                      {"stride", size(window.stride)},
                      {"dilation", size(window.dilation)},
                      {"start", size(start)}});
  }
  return result;
}

Json node_data(const Trace& trace, std::size_t i, Index max_elements) {
  const TraceNode& node = trace.nodes()[i];
  const Tensor grad = trace.grad(i);
  const OpFacts facts = trace.facts(i);
  return {{"name", node.name},
          {"op", node.op},
          {"builtIn", node.built_in},
          {"inputs", node.inputs},
          {"shape", node.shape.sizes()},
          {"wantsGrad", node.wants_grad},
          {"scope", node.scope},
          {"where", node.where.text()},
          {"options", options_data(facts.options)},
          {"explains", explains(trace, i, facts)},
          {"reads", reads_data(node)},
          {"formula", facts.formula ? formula_data(*facts.formula) : Json()},
          {"function", function_data(facts)},
          {"normalization", facts.normalization ? normalization_data(*facts.normalization) : Json()},
          {"value", tensor_data(trace.value(i), max_elements)},
          {"grad", grad.defined() ? tensor_data(grad, max_elements) : Json()}};
}

// Whether what an event made is neither the value nor the gradient of its node, but a part of the latter.
bool made_a_part(const Trace& trace, std::size_t event) {
  const Event& of = trace.events()[event];
  return event != trace.value_event(of.node) && trace.grad_events(of.node).size() > 1;
}

Json event_data(const Trace& trace, std::size_t i, Index max_elements) {
  const Event& event = trace.events()[i];
  return {{"kind", kind_name(event.kind)},
          {"node", event.node},
          {"op", event.op},
          {"input", event.input},
          {"made", made_a_part(trace, i) ? tensor_data(trace.made(i), max_elements) : Json()}};
}

// What a page tells: its options, or a translation.
template <class Telling>
Json telling_data(const Telling& telling) {
  Json tries = Json::array(), questions = Json::array();
  for (const auto& [command, remark] : telling.tries) {
    tries.push_back({{"command", command}, {"remark", remark}});
  }
  for (const auto& [number, text, hint] : telling.questions) {
    questions.push_back({{"number", number}, {"text", text}, {"hint", hint}});
  }
  const auto link = [](const std::optional<PageLink>& to) {
    return to ? Json{{"address", to->address}, {"title", to->title}} : Json();
  };
  return {{"title", telling.title},
          {"story", fmt::format("{}", fmt::join(paragraphs_of(telling.story), "\n\n"))},
          {"tries", tries},
          {"questions", questions},
          {"previous", link(telling.previous)},
          {"next", link(telling.next)}};
}

// What ui/lesson.js shows.
Json lesson_data(const PageOptions& options) {
  Json translations = Json::object();
  for (const PageTranslation& one : options.translations)
    translations.add({{one.language, telling_data(one)}});
  Json data = telling_data(options);
  data.add({{"start", options.start}, {"contents", options.contents}, {"translations", translations}});
  return data;
}

// What ui/glossary.js shows.
Json glossary_data() {
  Json result = Json::array();
  for (const auto& [word, text, others] : glossary())
    result.push_back({{"word", word}, {"text", text}, {"others", others}});
  return result;
}

// What ui/language.js reads: {"zh": {"{0} of {1}": ...}}.
Json words_data() {
  Json chinese = Json::object();
  for (const std::string_view table : {"numbers", "page", "glossary"}) {
    for (const auto& [english, own] : sentences(Language::kChinese, table)) chinese.add({{english, own}});
  }
  return {{language_tag(Language::kChinese), chinese}};
}

// Where nobody chose one it is the reader's.
std::string_view chosen_language(const PageOptions& options) {
  if (!options.language.empty() || language() == Language::kEnglish) return options.language;
  return language_tag(language());
}

}  // namespace

Json page_data(const Trace& trace, const PageOptions& options) {
  const Index max_elements = options.max_elements;
  Json nodes = Json::array(), events = Json::array(), changes = Json::array();
  for (std::size_t i = 0; i < trace.nodes().size(); i++) nodes.push_back(node_data(trace, i, max_elements));
  for (std::size_t i = 0; i < trace.events().size(); i++)
    events.push_back(event_data(trace, i, max_elements));
  for (const Change& change : trace.changes()) {
    changes.push_back({{"node", change.node}, {"element", change.element}, {"value", change.value}});
  }
  Json data = lesson_data(options);
  data.add({{"format", 1},
            {"precision", sizeof(Scalar) == sizeof(double) ? "double" : "float"},
            {"version", page_files().version},
            {"language", chosen_language(options)},
            {"words", words_data()},
            {"loss", trace.loss()},
            {"nodes", nodes},
            {"events", events},
            {"changes", changes},
            {"glossary", glossary_data()}});
  return data;
}

Index page_data_size(const Trace& trace, Index max_elements) {
  Index size = 0;
  for (std::size_t i = 0; i < trace.nodes().size(); i++) {
    size += tensor_data_size(trace.value(i), max_elements);
    if (trace.grad(i).defined()) size += tensor_data_size(trace.grad(i), max_elements);
  }
  for (std::size_t i = 0; i < trace.events().size(); i++) {
    if (made_a_part(trace, i)) size += tensor_data_size(trace.made(i), max_elements);
  }
  return size;
}

}  // namespace reel::inline REEL_PRECISION::inspect

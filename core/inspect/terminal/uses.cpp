// `uses`: what reads a number as a table, its sum below.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/inspect/terminal/detail/use.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::size_t kShownUses = 32;

// Collects what is printed of the uses, and counts the rest.
class Listing {
 public:
  Listing(const Trace& trace, std::size_t node, std::size_t time) : trace_(trace), node_(node), time_(time) {
    table_.add({say("reader"), say("value"), say("factor"), ""});
  }

  void add(const Use& use) {
    if (counts_.empty() || counts_.back().op != use.op) counts_.push_back({use.op, 0});
    counts_.back().count++;
    if (!exists(use.op)) return;
    by_differences_ = by_differences_ || use.terms == 0;
    if (total_++ >= kShownUses) return;
    const std::string reader = element_name(trace_.nodes()[use.op], use.element);
    const double value = trace_.number(trace_.value_event(use.op), use.element);
    const bool named = use.term && use.term->b.of != Factor::Of::kNumber;
    const std::string factor = named ? factor_name(trace_, use.op, use.term->b) : "";
    table_.add(
        {reader, number_text(value), (named ? factor + " = " : "") + number_text(use.slope), use.note()});
    list_.push_back({{"reader", reader},
                     {"value", value},
                     {"factor", use.slope},
                     {"factor_name", factor},
                     {"note", use.note()}});
  }
  // An op that reads the node, but did not move.
  void add_unmoved(std::size_t op) { counts_.push_back({op, 0}); }

  Answer answer(const std::string& name, double value, const std::string& no_gradient, std::size_t width) && {
    std::string text = say("uses of {} = {}: {}\n", name, number_text(value), counts_text());
    if (by_differences_) text += say("  {}: its factors are differences\n", no_gradient);
    text += batch_text();
    if (total_ > 0) text += table_.text(2, width);
    if (total_ > kShownUses) text += say("  and {} more\n", total_ - kShownUses);
    return {std::move(text), {{"name", name}, {"value", value}, {"uses", list_}, {"count", total_}}};
  }

 private:
  struct Count {
    std::size_t op, count;
  };

  bool exists(std::size_t op) const { return trace_.value(op, time_).defined(); }

  // "4 numbers of z, 1 number of a", "z is not yet computed"
  std::string counts_text() const {
    std::vector<std::string> parts;
    for (const auto& [op, count] : counts_) {
      const std::string& name = trace_.nodes()[op].name;
      if (!exists(op)) {
        parts.push_back(say("{} is not yet computed", name));
      } else if (count == 0) {
        parts.push_back(say("no number of {}, unless the step is too small to show it", name));
      } else {
        parts.push_back(
            say_counted(static_cast<Index>(count), "{} number of {}", "{} numbers of {}", count, name));
      }
    }
    return parts.empty() ? say("nothing reads it") : fmt::format("{}", fmt::join(parts, ", "));
  }

  // Why an op reads it for numbers that it does not lie under.
  std::string batch_text() const {
    std::string text;
    for (const Count& count : counts_) {
      if (!exists(count.op) || !reads_batch(trace_.nodes()[count.op])) continue;
      text +=
          say("  {} normalises by the batch: through mean and variance every number of the channel, in all "
              "images, depends on it; in eval mode only the one in its place\n",
              trace_.nodes()[count.op].name);
    }
    return text;
  }
  bool reads_batch(const TraceNode& op) const {
    for (std::size_t i = 0; i < op.inputs.size(); i++) {
      if (op.inputs[i] == node_ && op.reads[i].kind == Reads::Kind::kBatch) return true;
    }
    return false;
  }

  const Trace& trace_;
  std::size_t node_, time_;
  Table table_{"lrll"};
  Json list_ = Json::array();
  std::vector<Count> counts_;
  std::size_t total_ = 0;  // of what exists
  bool by_differences_ = false;
};

}  // namespace

Answer uses(const Trace& trace, const ElementRef& number, std::size_t time, std::size_t width) {
  const double value = trace.number(trace.value_event(number.node), number.element);
  Listing listing(trace, number.node, time);
  // A factor is known as soon as the reader is, before there is a gradient.
  const std::vector<std::size_t> unmoved = for_each_use(trace, number.node, number.element, Trace::kEnd,
                                                        [&](const Use& use) { listing.add(use); });
  for (const std::size_t op : unmoved) listing.add_unmoved(op);
  const std::string no_gradient = trace.grad_events(number.node).empty()
                                      ? say("{} gets no gradient", trace.nodes()[number.node].name)
                                      : say("an op has no explanation");
  return std::move(listing).answer(text_of(trace, number), value, no_gradient, width);
}

}  // namespace reel::inline REEL_PRECISION::inspect

#include <reel/core/inspect/terminal/uses.h>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/number.h>
#include <reel/core/inspect/terminal/table.h>
#include <reel/core/inspect/terminal/use.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::size_t kShown = 32;

// Collects what is printed of the uses, and counts the rest.
class Listing {
 public:
  explicit Listing(const Trace& trace) : trace_(trace) { table_.add({"reader", "value", "factor", ""}); }

  void add(const Use& use) {
    if (counts_.empty() || counts_.back().op != use.op) counts_.push_back({use.op, 0});
    counts_.back().count++;
    by_differences_ = by_differences_ || !use.term;
    if (total_++ >= kShown) return;
    const std::string reader = element_name(trace_.nodes()[use.op], use.element);
    const double value = trace_.number(trace_.value_event(use.op), use.element);
    const bool named = use.term && use.term->b.of != Factor::Of::kNumber;
    const std::string factor = named ? factor_name(trace_, use.op, use.term->b) : "";
    const std::string note = use.term ? std::string(use.term->note) : "by differences";
    table_.add({reader, number_text(value), (named ? factor + " = " : "") + number_text(use.slope), note});
    list_.push_back({{"reader", reader},
                     {"value", number_json(value)},
                     {"factor", number_json(use.slope)},
                     {"factor_name", factor},
                     {"note", note}});
  }

  Answer answer(const std::string& name, double value, const std::string& no_gradient) && {
    std::string text = fmt::format("uses of {} = {}: {}\n", name, number_text(value), counts_text());
    if (by_differences_) text += fmt::format("  {}: its factors are differences\n", no_gradient);
    if (total_ > 0) text += table_.text(2);
    if (total_ > kShown) text += fmt::format("  and {} more\n", total_ - kShown);
    return {std::move(text),
            {{"name", name}, {"value", number_json(value)}, {"uses", std::move(list_)}, {"count", total_}}};
  }

 private:
  struct Count {
    std::size_t op, count;
  };

  // "4 numbers of z, 1 number of a"
  std::string counts_text() const {
    std::string text;
    for (const auto& [op, count] : counts_) {
      text += fmt::format("{}{} number{} of {}", text.empty() ? "" : ", ", count, count == 1 ? "" : "s",
                          trace_.nodes()[op].name);
    }
    return text.empty() ? "nothing reads it" : text;
  }

  const Trace& trace_;
  Table table_{"lrll"};
  nlohmann::json list_ = nlohmann::json::array();
  std::vector<Count> counts_;
  std::size_t total_ = 0;
  bool by_differences_ = false;
};

}  // namespace

Answer uses(const Trace& trace, std::size_t node, Index element) {
  const double value = trace.number(trace.value_event(node), element);
  Listing listing(trace);
  for_each_use(trace, node, element, Trace::kEnd, [&](const Use& use) { listing.add(use); });
  const std::string no_gradient = why_no_gradient(trace, node, Trace::kEnd);
  return std::move(listing).answer(element_name(trace.nodes()[node], element), value,
                                   no_gradient.empty() ? "an op has no explanation" : no_gradient);
}

}  // namespace reel::inline REEL_PRECISION::inspect

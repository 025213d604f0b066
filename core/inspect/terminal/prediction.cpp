// A question, its hints, and the one slip that explains a wrong answer.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/term_table.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr int kTries = 3;
constexpr Index kHintedTerms = 16;

ElementRef element_of(const Trace& trace, const Question& question) {
  return {made_by(trace, question.event), question.element};
}

double value_of(const Trace& trace, const Question& question) {
  return existing(trace, element_of(trace, question), question.event + 1).data()[question.element];
}

// Whole numbers are exact, of others three digits will do.
bool agrees(double guess, double value) {
  if (std::isnan(value)) return std::isnan(guess);
  if (guess == value) return true;
  return value != std::round(value) && std::abs(guess - value) <= 1e-3 * std::abs(value);
}

// What is wrong with a term that alone would have made the guess of the number; "" where that is not so.
std::string slip_in(const Trace& trace, std::size_t op, const Term& term, double value, double guess) {
  const auto called = [&] { return term_text(trace, op, term); };
  const auto explains = [&](double change) { return change != 0 && agrees(guess, value + change); };
  const bool left_out = term.b.of == Factor::Of::kNumber && term.b.value == 0;
  if (left_out) return explains(term.a.value) ? say("{} does not count: {}", called(), term.note) : "";
  if (explains(-term.product)) return say("{} is missing", called());
  if (explains(-2 * term.product)) return say("{} has the other sign", called());
  const bool is_product = term.a.of != Factor::Of::kNumber && term.b.of != Factor::Of::kNumber;
  if (is_product && explains(term.a.value + term.b.value - term.product))
    return say("{} is a product, not a sum", called());
  return "";
}

// The first term that explains a wrong guess.
std::string find_slip(const Trace& trace, const Question& question, double value, double guess) {
  const std::size_t op = trace.events()[question.event].op;
  std::string found;
  trace.explain(question.event, question.element, [&](const Term& term) {
    if (found.empty()) found = slip_in(trace, op, term, value, guess);
  });
  return found;
}

bool stands_alone(const Term& term) { return term.b.of == Factor::Of::kNumber && term.b.value == 1; }
// "-1.5 * 6", and "-80" of what stands alone.
std::string factors_text(const Term& term) {
  if (stands_alone(term)) return number_text(term.a.value);
  return fmt::format("{} * {}", number_text(term.a.value), number_text(term.b.value));
}

// What is wrong with the whole number, or the first term that is.
std::string find_mistake(const Trace& trace, const Question& question, double value, double guess) {
  if (agrees(guess, -value)) return say("the sign is wrong");
  const double added = trace.number(question.event, question.element);
  if (added != value && agrees(guess, added)) {
    return say("that is what this op adds; {} was there before", number_text(value - added));
  }
  const std::string slip = find_slip(trace, question, value, guess);
  return slip.empty() ? "" : say("first wrong term: {}", slip);
}

}  // namespace

std::optional<Question> ask(const Trace& trace, std::size_t event) {
  const Event& e = trace.events()[event];
  const std::size_t count = static_cast<std::size_t>(trace.nodes()[e.node].shape.numel());
  if (e.kind == Event::Kind::kLeaf || e.kind == Event::Kind::kSeed || count == 0) return std::nullopt;
  constexpr std::size_t kStride = 7919;  // a prime, so that the questions do not all ask for the first number
  return Question{event, static_cast<Index>(event * kStride % count)};
}

std::string question_text(const Trace& trace, const Question& question) {
  return text_of(trace, element_of(trace, question)) + " = ?";
}

std::string solution_text(const Trace& trace, const Question& question) {
  return fmt::format("{} = {}", text_of(trace, element_of(trace, question)),
                     number_text(value_of(trace, question)));
}

Grade grade(const Trace& trace, const Question& question, double guess, std::size_t width) {
  const ElementRef element = element_of(trace, question);
  const double value = value_of(trace, question);
  const bool right = agrees(guess, value), closes = right || question.wrong + 1 >= kTries;
  const std::string solution = solution_text(trace, question);
  Json data = json_of(trace, element);
  data.add({{"guess", guess}, {"right", right}});
  if (closes) data.add({{"value", value}});
  if (right) return {{say("right: {}\n", solution), data}, right, closes};

  const std::string mistake = find_mistake(trace, question, value, guess);
  data.add({{"mistake", mistake}});
  std::string text = closes ? say("not {}, {}\n", number_text(guess), solution)
                            : say("not {}: try again; `hint` helps, `skip` shows it\n", number_text(guess));
  if (!mistake.empty()) {
    text += mistake + "\n";
  } else if (closes) {
    text += why(trace, element, question.event + 1, Rows::kFirst, width).text;
  }
  return {{text, data}, right, closes};
}

Answer hint_at(const Trace& trace, const Question& question) {
  const std::size_t op = trace.events()[question.event].op;
  TermTable table(trace, op, kHintedTerms);
  std::vector<std::string> products;
  Index numbers = 0;  // that count: one alone, as of a maximum, is the answer
  const auto explanation = trace.explain(question.event, question.element, [&](const Term& term) {
    table.add(term);
    if (term.product != 0) numbers += stands_alone(term) ? 1 : 2;
    if (std::ssize(products) < kHintedTerms) products.push_back(factors_text(term));
  });
  if (!explanation) {
    throw Error(say("there is no hint: the op {} explains nothing of its numbers", trace.nodes()[op].op));
  }
  Answer answer{fmt::format("  = {}       {}\n", explanation->formula, table.count_text(*explanation)),
                {{"formula", explanation->formula}, {"terms", table.count()}}};
  const ElementRef element = element_of(trace, question);
  if (element.gradient && trace.grad_events(element.node).front() != question.event) {
    const double before = trace.grad(element.node, question.event).data()[question.element];
    answer.text += say("  and {}, which the gradient was before\n", number_text(before));
    answer.data.add({{"before", before}});
  }
  if (question.hints == 0 || numbers < 2) return answer;
  const bool cut = table.count() > std::ssize(products);
  answer.text += fmt::format("  {}{}\n", fmt::join(products, ", "), cut ? ", …" : "");
  answer.data.add({{"products", products}});
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect

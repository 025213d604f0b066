// `predict`: a question, and the one slip that explains a wrong answer.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/inspect/terminal/detail/term_table.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/number.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

ElementRef element_of(const Trace& trace, const Question& question) {
  return {made_by(trace, question.event), question.element};
}

// Whole numbers are exact, of others three digits will do.
bool agrees(double guess, double value) {
  if (std::isnan(value)) return std::isnan(guess);
  if (guess == value) return true;
  return value != std::round(value) && std::abs(guess - value) <= 1e-3 * std::abs(value);
}

// What a single wrong term would have made of the number; "" where that is not the guess.
std::string slip_in(const Term& term, double value, double guess) {
  const auto explains = [&](double change) { return change != 0 && agrees(guess, value + change); };
  const bool left_out = term.b.of == Factor::Of::kNumber && term.b.value == 0;
  if (left_out) return explains(term.a.value) ? fmt::format("does not count: {}", term.note) : "";
  if (explains(-term.product)) return "is missing";
  if (explains(-2 * term.product)) return "has the other sign";
  const bool is_product = term.a.of != Factor::Of::kNumber && term.b.of != Factor::Of::kNumber;
  if (is_product && explains(term.a.value + term.b.value - term.product)) return "is a product, not a sum";
  return "";
}

// The first term that explains a wrong guess.
std::string find_slip(const Trace& trace, const Question& question, double value, double guess) {
  const std::size_t op = trace.events()[question.event].op;
  std::string found;
  trace.explain(question.event, question.element, [&](const Term& term) {
    if (!found.empty()) return;
    const std::string slip = slip_in(term, value, guess);
    if (!slip.empty()) found = fmt::format("{} {}", term_text(trace, op, term), slip);
  });
  return found;
}

// The same of a mistake in the whole number.
std::string find_mistake(const Trace& trace, const Question& question, double value, double guess) {
  if (agrees(guess, -value)) return "the sign is wrong";
  const double added = trace.number(question.event, question.element);
  if (added != value && agrees(guess, added)) {
    return fmt::format("that is what this op adds; {} was there before", number_text(value - added));
  }
  const std::string slip = find_slip(trace, question, value, guess);
  return slip.empty() ? "" : "first wrong term: " + slip;
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

Answer grade(const Trace& trace, const Question& question, double guess, std::size_t width) {
  const ElementRef element = element_of(trace, question);
  const Tensor tensor = existing(trace, element, question.event + 1);
  const double value = tensor.data()[question.element];
  const bool right = agrees(guess, value);
  Answer answer{"", json_of(trace, element)};
  answer.data.add({{"value", value}, {"guess", guess}, {"right", right}});
  const std::string name = text_of(trace, element);
  if (right) {
    answer.text = fmt::format("right: {} = {}\n", name, number_text(value));
    return answer;
  }
  const std::string mistake = find_mistake(trace, question, value, guess);
  answer.data.add({{"mistake", mistake}});
  answer.text = fmt::format("not {}, {} = {}\n", number_text(guess), name, number_text(value));
  answer.text +=
      mistake.empty() ? why(trace, element, question.event + 1, Rows::kFirst, width).text : mistake + "\n";
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect

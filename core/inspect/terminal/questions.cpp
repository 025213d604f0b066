// `predict`, answers, `hint` and `skip`: the open question of a session, and its score.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

Question& open_question(Session& session, std::string_view otherwise) {
  if (session.question) return *session.question;
  throw Error(std::string(in_own_words(otherwise)));
}

// The question is answered or given up.
void close(Session& session, bool right) {
  session.question.reset();
  session.score.asked++;
  session.score.right += right;
}

void add_score(const Session& session, Answer& answer) {
  const auto& [asked, right] = session.score;
  if (asked > 0) answer.text += say("{} of {} right\n", right, asked);
  answer.data.add({{"score", {{"right", right}, {"asked", asked}}}});
}

}  // namespace

std::optional<double> parse_answer(std::string_view line) {
  if (const std::size_t slash = line.find('/'); slash != std::string_view::npos) {
    const auto over = parse_number(trimmed(line.substr(0, slash))),
               under = parse_number(trimmed(line.substr(slash + 1)));
    return over && under && *under != 0 ? std::optional(*over / *under) : std::nullopt;
  }
  std::string number(line);
  if (std::ranges::count(number, ',') == 1 && number.find('.') == std::string::npos) {
    std::ranges::replace(number, ',', '.');
  }
  return parse_number(number);
}

Answer predict(Session& session, std::string_view on_or_off) {
  if (on_or_off != "on" && on_or_off != "off") throw Error(say("predict is on or off: `predict on`"));
  if (!session.predicting) session.score = {};  // each round counts its own
  session.predicting = on_or_off == "on";
  session.question.reset();
  Answer answer{
      session.predicting
          ? say("moves now ask before they show: answer with a number as 1.25 or 5/4; `hint` helps, "
                "`skip` shows it\n")
          : say("moves show their numbers\n"),
      {{"predicting", session.predicting}}};
  add_score(session, answer);
  return answer;
}

Answer take_answer(Session& session, double guess) {
  auto [answer, right, closes] = grade(session.trace(), *session.question, guess, session.width);
  if (closes) {
    close(session, right);
    add_score(session, answer);
  } else {
    session.question->wrong++;
  }
  return answer;
}

Answer hint(Session& session) {
  Question& question = open_question(
      session, sentence("there is no question to give a hint for; `predict on` and a move ask one"));
  Answer answer = hint_at(session.trace(), question);
  question.hints++;
  return answer;
}

Answer skip(Session& session) {
  const Trace& trace = session.trace();
  const Question question =
      open_question(session, sentence("there is no question to skip; `predict on` and a move ask one"));
  close(session, false);
  Answer answer = print_made(trace, session.time - 1);
  const bool is_one_of_many = trace.nodes()[trace.events()[question.event].node].shape.numel() > 1;
  if (is_one_of_many)
    answer.text.insert(0, solution_text(trace, question) + '\n');  // many may not be printed
  add_score(session, answer);
  return answer;
}

}  // namespace reel::inline REEL_PRECISION::inspect

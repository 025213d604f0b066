// `s`, `b`, `goto`, `fwd`, `bwd`, `until`, `break`, `where`: the session's moves, and where they stop.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::size_t end_of(const Session& session) { return session.trace().events().size(); }

// "" is 1.
std::size_t parse_count(std::string_view text) {
  if (text.empty()) return 1;
  const std::optional<Index> count = parse_integer(text);
  if (count && *count > 0) return static_cast<std::size_t>(*count);
  throw Error(say("\"{}\" is no number of events: it is 1 or more", text));
}

// Where the session now stands, with the numbers of what the last event made, or a question for one of them.
Answer arrive(Session& session) {
  Answer answer = where(session);
  session.question.reset();
  if (session.time == 0) return answer;
  const std::size_t event = session.time - 1;
  if (session.predicting) session.question = ask(session.trace(), event);
  if (session.question) {
    const std::string question = question_text(session.trace(), *session.question);
    answer.text += question + "\n";
    answer.data.add({{"question", question}});
  } else {
    const Answer made = print_made(session.trace(), event);
    answer.text += made.text;
    answer.data.add({{"made", made.data}});
  }
  return answer;
}

Answer run_forward(Session& session, std::size_t time) {
  std::string met;
  while (session.time < time && met.empty()) {
    met = session.breakpoints.met_by(session.trace(), session.time);
    session.time++;
  }
  Answer answer = arrive(session);
  if (!met.empty()) {
    answer.text = say("breakpoint {}\n", met) + answer.text;
    answer.data.add({{"breakpoint", met}});
  }
  return answer;
}

// Where a breakpoint cannot stop a move onwards from here.
std::string first_met_text(const Session& session, std::string_view name) {
  const std::optional<std::size_t> event = Breakpoints::first_met(session.trace(), name);
  if (!event) return say("no event of this step meets {}\n", name);
  if (*event >= session.time) return "";
  return say("first met at event {0}: {1}; `goto {0}` stands there\n", *event + 1,
             event_text(session.trace(), *event));
}

Answer jump(Session& session, std::size_t time) {
  session.time = time;
  return arrive(session);
}

}  // namespace

Answer step_forward(Session& session, std::string_view count) {
  const std::size_t left = end_of(session) - session.time;
  return run_forward(session, session.time + std::min(left, parse_count(count)));
}

Answer step_back(Session& session, std::string_view count) {
  return jump(session, session.time - std::min(session.time, parse_count(count)));
}

Answer go_to(Session& session, std::string_view time) {
  const std::optional<Index> number = parse_integer(time);
  if (!number || *number < 0 || *number > static_cast<Index>(end_of(session))) {
    throw Error(say("goto takes the number of an event, 0 to {}, not \"{}\"", end_of(session), time));
  }
  return jump(session, static_cast<std::size_t>(*number));
}

Answer run_to(Session& session, std::size_t time) {
  if (time < session.time) session.time = 0;
  return run_forward(session, time);
}

Answer run_until(Session& session, std::string_view tensor) {
  if (tensor.empty()) throw Error(say("until takes a tensor: `until dz`"));
  const TensorRef wanted = parse_tensor(session.trace(), tensor);
  for (std::size_t event = session.time; event < end_of(session); event++) {
    if (made_by(session.trace(), event) == wanted) return run_forward(session, event + 1);
  }
  existing(session.trace(), wanted, end_of(session));  // an Error where there never is one
  throw Error(say("nothing after event {} changes {}; it came at event {}: `goto {}`", session.time,
                  text_of(session.trace(), wanted), *first_time(session.trace(), wanted),
                  *first_time(session.trace(), wanted)));
}

Answer set_breakpoint(Session& session, std::string_view name) {
  const auto [first, rest] = split_first(name);
  std::string met;
  if (first == "off") {
    rest.empty() ? session.breakpoints.clear() : session.breakpoints.remove(session.trace(), rest);
  } else if (!name.empty()) {
    session.breakpoints.add(session.trace(), name);
    met = first_met_text(session, name);
  }
  const std::vector<std::string> names = session.breakpoints.names();
  return {(names.empty() ? say("no breakpoints\n")
                         : say("breakpoints: {}\n", fmt::format("{}", fmt::join(names, ", ")))) +
              met,
          {{"breakpoints", names}}};
}

Answer where(const Session& session) {
  const std::size_t time = session.time, end = end_of(session);
  const std::string now = time == 0 ? say("nothing is computed yet") : event_text(session.trace(), time - 1);
  const std::string next = time == end ? say("the end") : say("next: {}", event_text(session.trace(), time));
  return {say("event {} of {}: {}    {}\n", time, end, now, next),
          {{"events", end}, {"event", time == 0 ? Json() : event_json(session.trace(), time - 1)}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect

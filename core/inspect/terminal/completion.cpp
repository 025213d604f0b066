// What a half-typed word may become.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <algorithm>
#include <iterator>

#include <reel/core/explain.h>

namespace reel::inline REEL_PRECISION::inspect {

std::vector<std::string> tensor_words(const Session& session) {
  const Trace& trace = session.trace();
  std::vector<std::string> words;
  for (const TraceNode& node : trace.nodes()) words.push_back(node.name);
  for (std::size_t node = 0; node < trace.nodes().size(); node++) {
    if (!trace.grad_events(node).empty()) words.push_back(gradient_name(trace.nodes()[node].name));
  }
  return words;
}

std::vector<std::string> breakpoint_words(const Session& session) {
  std::vector<std::string> words{"nan", "zero-grad", "off"};
  for (const TraceNode& node : session.trace().nodes()) words.push_back(node.op);
  std::ranges::copy(tensor_words(session), std::back_inserter(words));
  return words;
}

std::vector<std::string> completions(const Session& session, std::string_view line) {
  const std::size_t blank = line.find_last_of(' ');
  const std::string_view before = trimmed(line.substr(0, blank + 1)), word = line.substr(blank + 1);
  std::vector<std::string> words;
  if (before.empty()) {
    for (const Command& command : commands_of(session)) words.emplace_back(command.name());
  } else {
    for (const Command& command : commands_of(session)) {
      if (command.is_called(split_first(before).first) && command.words) words = command.words(session);
    }
  }
  std::erase_if(words, [&](const std::string& other) { return !other.starts_with(word); });
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace reel::inline REEL_PRECISION::inspect

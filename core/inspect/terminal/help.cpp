// `help`: the commands in a table, the words of the glossary below it, or one of them.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/detail/glossary.h>
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Rows of the commands that are asked for: all, or those of a name.
Answer command_table(const Session& session, std::string_view word) {
  Table table("ll");
  Json data = Json::array();
  for (const Command& command : commands_of(session)) {
    if (!word.empty() && !command.is_called(word)) continue;
    const std::string alias = command.alias.empty() ? "" : fmt::format(" ({})", command.alias);
    table.add({std::string(command.usage), std::string(in_own_words(command.help)) + alias});
    data.push_back(
        {{"name", command.name()}, {"usage", command.usage}, {"help", in_own_words(command.help)}});
  }
  return {table.text(2, session.width), {{"commands", data}}};
}

std::vector<std::string_view> glossary_words() {
  std::vector<std::string_view> words;
  for (const GlossaryEntry& entry : glossary()) words.push_back(in_own_words(entry.word));
  return words;
}

}  // namespace

std::vector<std::string> help_words(const Session& session) {
  std::vector<std::string> words;
  for (const Command& command : commands_of(session)) words.emplace_back(command.name());
  for (const std::string_view word : glossary_words()) words.emplace_back(word);
  return words;
}

Answer help(const Session& session, std::string_view word) {
  Answer answer = command_table(session, word);
  if (word.empty()) {
    const std::vector<std::string_view> words = glossary_words();
    answer.text += say("  `help WORD` explains {}\n", fmt::format("{}", fmt::join(words, ", ")));
    answer.data.add({{"words", words}});
    return answer;
  }
  if (const GlossaryEntry* entry = glossary_entry(word)) {
    answer.text += fmt::format("  {}: {}\n", in_own_words(entry->word), in_own_words(entry->text));
    answer.data.add({{"word", entry->word}, {"text", in_own_words(entry->text)}});
  }
  if (!answer.text.empty()) return answer;
  throw Error(say("there is no command and no word \"{}\" to explain{}", word,
                  suggestion(word, help_words(session), say("; `help` lists them"))));
}

}  // namespace reel::inline REEL_PRECISION::inspect

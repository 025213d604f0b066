// The line editor by libedit (editline(3)); its history is that of one run.
#include <histedit.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "step/line_editor.h"

namespace reel::apps {

struct LineEditor::State {
  static constexpr int kRemembered = 1000;  // lines

  State() {
    std::setlocale(LC_CTYPE, "");  // libedit drops what is not ASCII in the locale "C"
    HistEvent event;
    history(past, &event, H_SETSIZE, kRemembered);
    el_set(editor, EL_CLIENTDATA, this);
    el_set(editor, EL_PROMPT, shown_prompt);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_SIGNAL, 1);  // Ctrl-C leaves the terminal as it was
    el_set(editor, EL_HIST, history, past);
    el_wset(editor, EL_ADDFN, L"complete", L"completes a word", completed);  // el_set never frees its copies
    el_set(editor, EL_BIND, "^I", "complete", nullptr);
    el_source(editor, nullptr);  // what the user has in ~/.editrc
  }
  ~State() {
    el_end(editor);
    history_end(past);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static State* of(EditLine* el) {
    void* state = nullptr;
    el_get(el, EL_CLIENTDATA, &state);
    return static_cast<State*>(state);
  }
  static char* shown_prompt(EditLine* el) { return of(el)->prompt.data(); }
  static unsigned char completed(EditLine* el, int) { return of(el)->complete(); }

  std::optional<std::string> read() {
    int size = 0;
    const char* line = el_gets(editor, &size);
    if (!line || size <= 0) return std::nullopt;
    std::string text(line, static_cast<std::size_t>(size));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    HistEvent event;
    if (text.find_first_not_of(' ') != std::string::npos) history(past, &event, H_ENTER, text.c_str());
    return text;
  }

  // The tab key: what all words have in common is filled in; where that is nothing, they are listed.
  unsigned char complete() {
    const LineInfo* line = el_line(editor);
    const std::string before(line->buffer, line->cursor);
    const std::vector<std::string> words = (*completions)(before);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string common = words[0];
    for (const std::string& word : words) common.erase(std::ranges::mismatch(common, word).in1, common.end());
    const std::size_t typed = before.size() - (before.find_last_of(' ') + 1);
    if (words.size() == 1 && typed == before.size()) common += ' ';  // behind a command
    if (common.size() > typed) {
      el_insertstr(editor, common.c_str() + typed);
      return CC_REFRESH;
    }
    if (words.size() == 1) return CC_REFRESH_BEEP;
    fmt::print("\n{}\n", fmt::join(words, "  "));
    std::fflush(stdout);
    return CC_REDISPLAY;
  }

  EditLine* editor = el_init("step", stdin, stdout, stderr);
  History* past = history_init();
  std::string prompt;
  const Completions* completions = nullptr;
};

LineEditor::LineEditor() : state_(std::make_unique<State>()) {}
LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read(const std::string& prompt, const Completions& completions) {
  state_->prompt = prompt;
  state_->completions = &completions;
  return state_->read();
}

}  // namespace reel::apps

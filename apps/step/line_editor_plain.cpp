// The line editor where there is no libedit: the terminal's own.
#include <iostream>

#include "step/line_editor.h"

namespace reel::apps {

struct LineEditor::State {};

LineEditor::LineEditor() = default;
LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read(const std::string& prompt, const Completions&) {
  std::cout << prompt << std::flush;
  std::string line;
  return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
}

}  // namespace reel::apps

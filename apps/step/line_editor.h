// The lines that a user of the stepper types.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reel::apps {

/// Reads lines from a terminal. Where libedit was found they can be edited, arrow up brings back the earlier ones
/// and the tab key completes a word; else they are read as the terminal gives them.
class LineEditor {
 public:
  LineEditor();
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// What the last word of a line may become.
  using Completions = std::function<std::vector<std::string>(const std::string& line)>;
  /// The next line without its end, nothing at the end of the input.
  std::optional<std::string> read(const std::string& prompt, const Completions& completions);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reel::apps

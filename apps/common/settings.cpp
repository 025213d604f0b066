#include "common/settings.h"

#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/parse.h>

namespace reel::apps {
namespace {

// Numbers in one spelling, whichever was given; a seed is too large for a double.
std::string normalised(const std::string& text) {
  if (text.empty() || text == "true" || text == "false") return text;
  if (const auto whole = parsed<std::uint64_t>(text)) return fmt::format("{}", *whole);
  if (const auto number = parsed<double>(text)) return fmt::format("{}", *number);
  return fmt::format("{:?}", text);  // valid UTF-8, whatever a file is called
}

std::string value_of(const CLI::Option& option) {
  return normalised(option.count() > 0 ? option.results().back() : option.get_default_str());
}

std::string get(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "" : found->second;
}

}  // namespace

Settings::Settings(const CLI::App& app) {
  const std::string own_group = CLI::App().option_defaults()->get_group();
  for (const CLI::Option* option : app.get_options()) {
    if (option != app.get_help_ptr() && option->get_group() == own_group)
      add(option->get_name(), value_of(*option));
  }
}

void Settings::add(const std::string& name, const std::string& value) { values_[name] = value; }

State Settings::state() const {
  State state;
  state.texts = values_;
  return state;
}

bool Settings::differs(const std::string& name, const std::string& now, const std::string& before) const {
  if (!may_grow_.contains(name)) return now != before;
  const std::optional<double> new_value = parsed<double>(now), old_value = parsed<double>(before);
  return !new_value || !old_value || !(*new_value >= *old_value);  // what is no number may not grow
}

std::function<void()> Settings::prepare_load(const State& state) {
  check_state({{}, {}, {}, state.texts}, state, "the settings' state");
  std::map<std::string, std::string> had = state.texts, names = values_;
  had.insert(before_.begin(), before_.end());
  names.insert(had.begin(), had.end());
  std::vector<std::string> differences;
  for (const auto& [name, either] : names) {
    const std::string now = get(values_, name), before = get(had, name);
    if (differs(name, now, before))
      differences.push_back(fmt::format("{} is {}, the run had {}", name, now.empty() ? "not given" : now,
                                        before.empty() ? "none" : before));
  }
  if (differences.empty()) return [] {};
  throw FormatError(fmt::format("{}; give {}, or another --checkpoint folder", fmt::join(differences, "; "),
                                differences.size() == 1 ? "it as it was" : "them as they were"));
}

}  // namespace reel::apps

// What decides the bits of a training; a checkpoint keeps it, so that a run goes on as it began.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include <reel/reel.h>
#include <CLI/CLI.hpp>

namespace reel::apps {

/// Names and texts: of every option in CLI11's own group, and of what is added. An option that a resumed run
/// may have otherwise goes into a group of its own kind, ->group(kFiles) or ->group(kHowItRuns).
class Settings : public Stateful {
 public:
  /// After parsing: what was given, otherwise the default.
  explicit Settings(const CLI::App& app);
  /// What is no flag: add("the training set", "60000 digits").
  void add(const std::string& name, const std::string& value);
  /// What a run had of `name` that was begun before there was such an option.
  void set_before(const std::string& name, const std::string& value) { before_[name] = value; }
  /// Lets a resumed run have more of `name`.
  void allow_more(const std::string& name) { may_grow_.insert(name); }

  State state() const override;
  /// Changes nothing; a FormatError lists what is not as it was.
  std::function<void()> prepare_load(const State& state) override;

 private:
  bool differs(const std::string& name, const std::string& now, const std::string& before) const;

  std::map<std::string, std::string> values_, before_;
  std::set<std::string> may_grow_;
};

}  // namespace reel::apps

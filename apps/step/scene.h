// A lesson's program, run: one step on a tape.
#pragma once

#include <map>
#include <string>

#include "step/arguments.h"
#include "step/lesson.h"
#include "step/materials.h"

namespace reel::apps {

/// Runs the program line by line when it is made. A mistake in it is an Error that names its line. The lesson must live
/// as long, for its file's name is that of the places on the tape.
class Scene {
 public:
  Scene(const Lesson& lesson, DigitChoice choice);

  const Tape& tape() const { return materials_.tape; }
  /// What is called loss, else what the last line computes: one number.
  Var loss() const;
  const Materials& materials() const { return materials_; }

 private:
  void run(const Statement& statement);
  /// `name` is that of the line, where the expression is all that stands in it.
  Value value_of(const Expression& expression, const std::string& name = "");
  Value named(const Expression& name) const;
  Value list(const Expression& list);
  Value operation(const Expression& operation);
  Value call(const Expression& call, const std::string& name);

  const Lesson& lesson_;
  Materials materials_;
  std::map<std::string, Var, std::less<>> names_;
  Var last_;
};

}  // namespace reel::apps

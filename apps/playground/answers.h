// What the page asks, and what it is answered: JSON on both sides.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "playground/facts.h"
#include "playground/inquiry.h"
#include "playground/session.h"

namespace reel::playground {

/// Answers questions such as {"ask": "train", "steps": 10}; the table in answers.cpp lists them.
class Answers {
 public:
  /// What was asked for, or {"error": "..."}, of a layer that does not fit with its "line". After an error all is as it
  /// was.
  std::string answer(std::string_view question);

 private:
  struct Question;
  static const std::vector<Question>& questions();

  Session& session();
  Inquiry& inquiry();
  Json start(const Json& question);
  Json read(const Json& question);
  Json stop(const Json& question);

  Data data_ = generated_digits();
  std::unique_ptr<Session> session_;
  std::unique_ptr<Inquiry> inquiry_;
};

}  // namespace reel::playground

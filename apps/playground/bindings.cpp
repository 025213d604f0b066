// The one door between the page and the C++: a question in, an answer out.
#include <string>

#include <reel/core/parallel.h>

#include "playground/answers.h"

/// The answer stays good until the next question.
extern "C" const char* playground_answer(const char* question) {
  static reel::playground::Answers answers;
  static std::string last;
  reel::set_num_threads(1);  // a page has one
  last = answers.answer(question);
  return last.c_str();
}

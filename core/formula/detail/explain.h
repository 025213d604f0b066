// The answers of a formula, and of a function of one number, to the question of one number.
#pragma once

#include <functional>
#include <string>

#include <reel/core/explain.h>
#include <reel/core/formula/formula.h>
#include <reel/core/op_facts.h>

namespace reel::inline REEL_PRECISION {

/// Gives the terms of the number that is asked for, and the sentence before them.
void explain_formula(Explain& explain, const Formula& formula);

/// How a function is computed: its value, and what it makes of the gradient dy of that.
struct ComputedFunction {
  std::string name;
  FunctionText words;
  std::function<Scalar(Scalar x)> value;
  std::function<Scalar(Scalar x, Scalar dy)> gradient;
};
void explain_function(Explain& explain, const ComputedFunction& f);
/// By what the words of its facts say. Words that cannot be read are an Error.
ComputedFunction by_its_words(std::string name, const OpFacts& facts);

}  // namespace reel::inline REEL_PRECISION

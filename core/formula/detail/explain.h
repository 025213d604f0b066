// A formula's answer to the question of one number.
#pragma once

#include <reel/core/explain.h>
#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION {

/// Gives the terms of the number that is asked for, and the sentence before them.
void explain_formula(Explain& explain, const Formula& formula);

}  // namespace reel::inline REEL_PRECISION

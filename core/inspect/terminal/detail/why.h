// Why a number is what it is, as a table. Internal to inspection.
#pragma once

#include <reel/core/inspect/terminal/detail/answer.h>
#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

enum class Rows { kFirst, kAll };  ///< of a table: a few dozen, or all terms up to 100,000

/// The terms that were summed for one number, with the running sum; of a gradient with several contributions
/// a table for each of those that there are at `time`, and their sum. Errors: see `existing`.
Answer why(const Trace& trace, const ElementRef& element, std::size_t time, Rows rows, std::size_t width = 0);

}  // namespace reel::inline REEL_PRECISION::inspect

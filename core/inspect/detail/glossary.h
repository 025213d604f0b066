// The words of inspection, each in two or three sentences. Internal to inspection.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

struct GlossaryEntry {
  std::string_view word, text;
  std::vector<std::string_view> others = {};  ///< by which it is found as well: "gradients"
};

/// In the order of the alphabet, for the terminal and the page.
std::span<const GlossaryEntry> glossary();
/// The entry of a word, in upper or lower case; nullptr for none.
const GlossaryEntry* glossary_entry(std::string_view word);

}  // namespace reel::inline REEL_PRECISION::inspect

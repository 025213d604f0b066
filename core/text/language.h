// The language that the stepper and its explanations speak.
#pragma once

#include <optional>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

enum class Language { kEnglish, kChinese };

/// Speaks that language from now on, in the whole process; English until then. For a program to call where it starts.
void set_language(Language language);
Language language();

/// "en", "zh"
std::string_view language_tag(Language language);
/// The language of a tag, as "zh" or "zh-CN"; none where Reel does not speak it.
std::optional<Language> language_of(std::string_view tag);

}  // namespace reel::inline REEL_PRECISION

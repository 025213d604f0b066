// What a file is that was taken for another. Internal to the library.
#pragma once

#include <cstddef>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// How a file that starts with `bytes` is known and what to do with it, to follow "this is ": "a web page,
/// as of a failed download; fetch the file itself". Empty where it is none of those that are met in place of
/// weights and data.
std::string_view foreign_format(std::string_view bytes);

/// As many bytes of a file as foreign_format() looks at.
inline constexpr std::size_t kForeignBytes = 64;

}  // namespace reel::inline REEL_PRECISION

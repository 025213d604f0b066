// Once, for fmt's writing is much code.
#include <reel/core/text_formatter.h>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

fmt::format_context::iterator TextFormatter::write(std::string_view text, fmt::format_context& context) {
  return fmt::format_to(context.out(), "{}", text);
}

}  // namespace reel::inline REEL_PRECISION

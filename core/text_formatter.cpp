// Once, for fmt's writing is much code.
#include <reel/core/text_formatter.h>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {

fmt::format_context::iterator TextFormatter::write(std::string_view text,
                                                   fmt::format_context& context) const {
  return fmt::formatter<std::string_view>::format(text, context);
}

}  // namespace reel::inline REEL_PRECISION

// Whatever a message holds, it is one line and moves no terminal.
#include <reel/core/error.h>

#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {

Error::Error(const std::string& message) : std::runtime_error(one_line(message)) {}

}  // namespace reel::inline REEL_PRECISION

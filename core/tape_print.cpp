// How a Var prints: as its value does.
#include <ostream>
#include <string>

#include <fmt/format.h>

#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

std::string Var::text(Location where) const { return defined() ? value(where).text() : "none"; }

std::ostream& operator<<(std::ostream& os, const Var& var) { return os << var.text(); }

}  // namespace reel::inline REEL_PRECISION

#include <reel/optim/option_check.h>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

OptionCheck::OptionCheck(std::string_view name, Location where)
    : label_(call_label(name, "", Scope::resolve(where))) {}

void OptionCheck::operator()(bool holds, const char* option, double value, const char* demand) const {
  if (!holds) throw Error(fmt::format("{}: {} is {}, it must be {}", label_, option, value, demand));
}

}  // namespace reel::inline REEL_PRECISION

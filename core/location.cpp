// The scopes of a thread, and which of them a call's line is taken from.
#include <reel/core/location.h>

#include <string_view>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {
namespace {

thread_local const Scope* innermost = nullptr;
thread_local std::string current_path;

}  // namespace

std::string Location::text() const {
  const std::string_view path = file;
  return fmt::format("{}:{}", path.substr(path.find_last_of("/\\") + 1), line);
}

Scope::Scope(const std::string& name, Location where, Lines lines, const ScopeOwner* owner)
    : parent_(innermost),
      where_(resolve(where)),
      lines_(lines),
      owner_(owner),
      parent_path_size_(current_path.size()) {
  if (!name.empty()) {
    if (!current_path.empty()) current_path += '.';
    current_path += name;
  }
  innermost = this;
}

Scope::~Scope() {
  innermost = parent_;
  current_path.resize(parent_path_size_);
}

const std::string& Scope::path() { return current_path; }

bool Scope::is_stranger(const Parameter& parameter, Location where) {
  return innermost && innermost->owner_ && !innermost->owner_->owns(parameter, resolve(where));
}

std::string call_label(std::string_view op, const std::string& scope, Location where) {
  return scope.empty() ? fmt::format("{} ({})", op, where.text())
                       : fmt::format("{} \"{}\" ({})", op, scope, where.text());
}

Location Scope::resolve(Location where) {
  return innermost && innermost->lines_ == Lines::kCallersLine ? innermost->where_ : where;
}

}  // namespace reel::inline REEL_PRECISION

// How a reader checks the content of a file. Internal to core/io.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {

/// Checks of one file: each failed one is a FormatError that starts with the file's path.
class FormatCheck {
 public:
  explicit FormatCheck(std::string path) : path_(std::move(path)) {}

  template <class... Args>
  void operator()(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) [[unlikely]]
      fail<Args...>(format, std::forward<Args>(args)...);
  }
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw FormatError(fmt::format("{}: {}", path_, fmt::vformat(format, fmt::make_format_args(args...))));
  }

 private:
  std::string path_;
};

}  // namespace reel::inline REEL_PRECISION

// std::from_chars, of a whole text.
#include <reel/core/text/detail/parse.h>

#include <version>

#ifndef __cpp_lib_to_chars  // libc++ before 20 reads whole numbers alone
#include <locale.h>
#include <stdlib.h>
#if __has_include(<xlocale.h>)
#include <xlocale.h>
#endif

#include <cmath>
#include <string>
#endif

namespace reel::inline REEL_PRECISION {

template <std::same_as<double> T>
std::optional<T> parsed(std::string_view text) {
  T value = 0;
#ifdef __cpp_lib_to_chars
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool right = error == std::errc() && stop == end;
#else
  static const locale_t classic = newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string terminated(text);
  const bool decimal = !text.empty() && text.find_first_of(" \t\r\n\v\f+") != 0 &&
                       text.find_first_of("xX") == std::string_view::npos;
  char* stop = nullptr;
  value = strtod_l(terminated.c_str(), &stop, classic);
  const bool overflow = std::isinf(value) && text.find_first_of("0123456789") != std::string_view::npos;
  const bool right = decimal && !overflow && stop == terminated.data() + terminated.size();
#endif
  return right ? std::optional(value) : std::nullopt;
}
template std::optional<double> parsed<double>(std::string_view);

}  // namespace reel::inline REEL_PRECISION

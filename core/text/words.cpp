// Blanks, remarks, first and last words, numbers.
#include <reel/core/text/detail/words.h>

#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view without_remark(std::string_view line) {
  const auto is_blank = [&](std::size_t i) { return kBlanks.find(line[i]) != std::string_view::npos; };
  const auto is_digit = [&](std::size_t i) { return i < line.size() && line[i] >= '0' && line[i] <= '9'; };
  for (std::size_t i = line.find('#'); i != std::string_view::npos; i = line.find('#', i + 1)) {
    if (i > 0 && is_blank(i - 1) && !is_digit(i + 1)) return trimmed(line.substr(0, i));
  }
  return line;
}

std::pair<std::string_view, std::string_view> split_first(std::string_view text) {
  const std::size_t end = text.find_first_of(kBlanks);
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), trimmed(text.substr(end))};
}

std::pair<std::string_view, std::string_view> split_last(std::string_view text) {
  const std::size_t blank = text.find_last_of(kBlanks);
  if (blank == std::string_view::npos) return {{}, text};
  return {trimmed(text.substr(0, blank)), text.substr(blank + 1)};
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);  // parsed() takes none
  return parsed<double>(text);
}
std::optional<Index> parse_integer(std::string_view text) { return parsed<Index>(text); }

}  // namespace reel::inline REEL_PRECISION

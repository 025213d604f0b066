// Breaks lines at blanks and between wide characters, within a width, and joins them.
#include <reel/core/text/detail/wrap.h>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/text/detail/utf8.h>
#include <reel/core/text/detail/words.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::size_t kHangingIndent = 4;

// A character of a line, or a byte that is none.
struct Character {
  std::size_t begin, size;
  char32_t code;
  std::size_t width() const { return is_wide(code) ? 2 : 1; }
};

std::vector<Character> characters_of(std::string_view line) {
  std::vector<Character> all;
  for (std::size_t at = 0; at < line.size(); at += all.back().size) {
    const auto [size, code] = first_character(line.substr(at));
    all.push_back({at, std::max<std::size_t>(size, 1), code});
  }
  return all;
}

// Whether a line may end between two characters. Chinese is set without blanks: beside each wide character it may, but
// not before a full stop or what else closes, nor behind what opens.
bool may_part(char32_t before, char32_t behind) {
  constexpr std::u32string_view kOpen = U"（【《「『", kClose = U"，。、；：？！）】》」』";
  if (before == ' ') return false;
  if (behind == ' ') return true;
  if (kOpen.find(before) != kOpen.npos || kClose.find(behind) != kClose.npos) return false;
  return is_wide(before) || is_wide(behind);
}

// Where a line is broken, in bytes: at the last place that leaves no more than `columns` before it, or else at the
// next; at its end where there is none.
std::size_t break_of(std::string_view line, std::size_t columns) {
  const std::vector<Character> all = characters_of(line);
  std::size_t best = line.size(), width = 0;
  for (std::size_t i = 0; i < all.size(); width += all[i++].width()) {
    if (i == 0 || !may_part(all[i - 1].code, all[i].code)) continue;
    if (best != line.size() && width > columns) break;
    best = all[i].begin;
  }
  return best;
}

std::string wrapped_line(std::string_view line, std::size_t columns) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::string indent(std::min(blanks + kHangingIndent, columns / 2), ' ');
  std::string done, rest(line);
  while (width_of(rest) > columns) {
    const std::size_t at = break_of(rest, columns);
    const std::size_t next = rest.find_first_not_of(' ', at);
    if (next == std::string::npos) break;
    done.append(rest, 0, at).append("\n");
    rest = indent + rest.substr(next);
  }
  return done + rest;
}

// Of what is written without blanks: kana, Chinese characters, their punctuation.
bool is_sign_of_chinese(char32_t code) {
  return (code > 0x3000 && code < 0x3040) || (code > 0xff00 && code < 0xff5f);
}
bool is_without_blanks(char32_t code) {
  const bool is_hangul = (code >= 0x1100 && code < 0x1160) || (code >= 0xac00 && code < 0xd7a4);
  return is_wide(code) && !is_hangul;
}

char32_t last_character(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && goes_on_a_character(text[at])) at--;
  return first_character(text.substr(at)).code;
}

// Whether no blank stands between two lines that become one.
bool touch(std::string_view line, std::string_view next) {
  const char32_t before = last_character(line), behind = first_character(next).code;
  return is_sign_of_chinese(before) || is_sign_of_chinese(behind) ||
         (is_without_blanks(before) && is_without_blanks(behind));
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Character& character : characters_of(text)) width += character.width();
  return width;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> paragraphs_of(std::string_view text) {
  std::vector<std::string> paragraphs;
  bool goes_on = false;
  for (const std::string& line : lines_of(text)) {
    const std::string_view words = trimmed(line);
    if (goes_on && !words.empty()) {
      if (!touch(paragraphs.back(), words)) paragraphs.back() += ' ';
      paragraphs.back() += words;
    } else if (!words.empty()) {
      paragraphs.emplace_back(words);
    }
    goes_on = !words.empty();
  }
  return paragraphs;
}

bool fits(std::string_view text, std::size_t columns) {
  return columns == 0 || std::ranges::all_of(lines_of(text), [&](const std::string& line) {
           return width_of(line) <= columns;
         });
}

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::vector<std::string> lines = lines_of(text);
  for (std::string& line : lines) line = wrapped_line(line, columns);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace reel::inline REEL_PRECISION

// The word at the least edit distance, if that is small beside its length.
#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/say.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Nobody types more: the distance takes time and memory as the product of two lengths.
constexpr std::size_t kLongestWord = 200;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same(char a, char b) { return lower(a) == lower(b); }

// Levenshtein's distance, where two neighbours that changed places count once. Entry [i][j] of the table is
// that of the first i characters of a and the first j of b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); i++) {
    for (std::size_t j = 0; j <= b.size(); j++) {
      std::size_t& best = table[i][j];
      best = i + j;
      if (i == 0 || j == 0) continue;
      best = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1,
                       table[i - 1][j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      const bool crossed = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
      if (crossed) best = std::min(best, table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

std::size_t common_beginning(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b, same).in1 - a.begin());
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> words) {
  if (word.size() > kLongestWord) return "";
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;  // from there on a suggestion is no help
  std::size_t best_beginning = word.size();         // that of no word is longer
  for (const std::string& candidate : words) {
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter > best_distance) continue;  // no distance is less
    const std::size_t distance = edit_distance(word, candidate);
    const std::size_t beginning = common_beginning(word, candidate);
    if (distance > best_distance || (distance == best_distance && beginning <= best_beginning)) continue;
    best = candidate;
    best_distance = distance;
    best_beginning = beginning;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> words,
                       std::string_view otherwise) {
  const std::string meant = nearest(word, words);
  return meant.empty() ? std::string(otherwise) : say("; did you mean \"{}\"?", meant);
}

}  // namespace reel::inline REEL_PRECISION

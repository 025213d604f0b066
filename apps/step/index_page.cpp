#include "step/index_page.h"

#include <cstddef>

#include <fmt/format.h>

#include <reel/core/inspect/page/detail/page_files.h>
#include <reel/core/text/detail/escape.h>

namespace reel::apps {
namespace {

constexpr std::size_t kEnough = 60;  // letters of a story that stand on its card, at least

// The first sentences of a story.
std::string opening(const std::string& story) {
  const std::string paragraph = story.substr(0, story.find("\n\n"));
  for (std::size_t i = kEnough; i < paragraph.size(); i++) {
    const bool ends = std::string_view(".?!").find(paragraph[i - 1]) != std::string_view::npos;
    if (ends && (paragraph[i] == ' ' || paragraph[i] == '\n')) return paragraph.substr(0, i);
  }
  return paragraph;
}

std::string card_html(const LessonCard& card, std::size_t number) {
  return fmt::format(
      R"(<li><a class="card" href="{}"><div class="picture">{}</div><div class="said"><p class="count">{}</p>)"
      "<h2>{}</h2><p>{}</p></div></a></li>\n",
      escape_html(card.address), card.picture, number, escape_html(card.title),
      escape_html(opening(card.story)));
}

void replace(std::string& page, std::string_view marker, std::string_view text) {
  page.replace(page.find(marker), marker.size(), text);
}

}  // namespace

std::string index_page(const std::vector<LessonCard>& cards, bool with_playground) {
  std::string page(index_template()), list;
  for (std::size_t i = 0; i < cards.size(); i++) list += card_html(cards[i], i + 1);
  if (!with_playground) {
    const std::size_t begin = page.find("<!--REEL_PLAYGROUND-->");
    page.erase(begin, page.find("<!--REEL_END-->") - begin);
  }
  replace(page, "<!--REEL_THEME-->", inspect::page_files().theme);
  replace(page, "<!--REEL_CARDS-->", list);
  return page;
}

}  // namespace reel::apps

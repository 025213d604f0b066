#include "step/index_page.h"

#include <cstddef>

#include <fmt/format.h>

#include <reel/core/inspect/page/detail/page_files.h>
#include <reel/core/text/detail/escape.h>
#include <reel/core/text/detail/wrap.h>

namespace reel::apps {
namespace {

constexpr std::size_t kEnough = 60;  // bytes of a story that stand on its card, at least

// Where the sentence ends that a byte lies in, behind its sign.
std::size_t end_of_sentence(std::string_view text, std::size_t at) {
  std::size_t end = text.size();
  for (const std::string_view sign : {". ", "? ", "! ", "。", "？", "！"}) {
    const std::size_t found = text.find(sign, at);
    if (found < end) end = found + (sign.size() == 2 ? 1 : sign.size());
  }
  return end;
}

// The first sentences of a story.
std::string opening(std::string_view story) {
  const std::vector<std::string> paragraphs = paragraphs_of(story);
  if (paragraphs.empty()) return "";
  const std::string& paragraph = paragraphs.front();
  return paragraph.substr(0, end_of_sentence(paragraph, kEnough - 1));
}

std::string said_html(const CardText& text, std::string_view language) {
  return fmt::format("<div lang=\"{}\"><h2>{}</h2><p>{}</p></div>", language, escape_html(text.title),
                     escape_html(opening(text.story)));
}

std::string card_html(const LessonCard& card, std::size_t number) {
  return fmt::format(
      R"(<li><a class="card" href="{}"><div class="picture">{}</div><div class="said"><p class="count">{}</p>{}{}</div></a></li>)"
      "\n",
      escape_html(card.address), card.picture, number, said_html(card.english, "en"),
      said_html(card.chinese, "zh"));
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

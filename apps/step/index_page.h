// The list of lessons as a page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reel::apps {

/// What a card says, in one of the page's languages.
struct CardText {
  std::string title, story;
};
struct LessonCard {
  std::string address;
  CardText english, chinese;
  std::string picture;  ///< an SVG
};

/// A card for each lesson, in this order, in both languages, and one for the playground, which lies beside the page or does not.
std::string index_page(const std::vector<LessonCard>& cards, bool with_playground);

/// apps/lessons/index.html, which has markers where the rest belongs.
std::string_view index_template();

}  // namespace reel::apps

#include "common/pictures.h"

#include <fmt/format.h>

#include <reel/core/text/detail/base64.h>
#include <reel/core/text/detail/escape.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::apps {

std::string image_html(const Tensor& image, const std::string& text) {
  return fmt::format("<img src=\"data:image/png;base64,{}\" alt=\"{}\">", base64(encode_png(image)),
                     escape_html(text));
}

std::string picture_grid(std::span<const Picture> pictures) {
  std::string out = "<div class=\"pictures\">\n";
  for (const Picture& picture : pictures) {
    out += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n",
                       image_html(picture.image, picture.caption), escape_html(picture.caption));
  }
  return out + "</div>\n";
}

}  // namespace reel::apps

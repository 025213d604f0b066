#include "common/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>

namespace reel::apps {
namespace {

constexpr Scalar kInk = Scalar(0.4);  // from here on a pixel counts as black

// Upper and lower pixel in one character.
std::string_view half_blocks(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) != 0; }

bool may_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(stream) && (!no_colour || !*no_colour);
}

std::string draw_images(std::span<const Tensor> images, std::span<const std::string> captions) {
  if (images.empty()) return "";
  const Index height = images[0].size(-2), width = images[0].size(-1);
  std::string out;
  for (Index y = 0; y < height; y += 2) {
    std::string line;
    for (const Tensor& image : images) {
      const Scalar* row = image.data() + y * width;
      for (Index x = 0; x < width; x++) {
        line += half_blocks(row[x] >= kInk, y + 1 < height && row[width + x] >= kInk);
      }
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  for (const std::string& caption : captions) out += fmt::format("{:<{}}  ", caption, width);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

}  // namespace reel::apps

#include "common/terminal.h"

#include <algorithm>

#include <fmt/format.h>
#include <reel/core/text/detail/terminal.h>

namespace reel::apps {
namespace {

constexpr Scalar kInk = Scalar(0.4);  // from here on a pixel counts as black
constexpr std::size_t kGap = 3;       // columns between two images

// Upper and lower pixel in one character.
std::string_view half_blocks(bool upper, bool lower) {
  const bool utf8 = may_print_utf8();
  if (upper && lower) return utf8 ? "█" : "#";
  if (upper) return utf8 ? "▀" : "\"";
  return !lower ? " " : utf8 ? "▄" : ",";
}

// Rows and columns of pixels, ends excluded.
struct Box {
  Index top, bottom, left, right;
};

// The smallest box that holds the ink of all images.
Box ink_box(std::span<const Tensor> images) {
  const Index height = images[0].size(-2), width = images[0].size(-1);
  Box box{height, 0, width, 0};
  for (const Tensor& image : images) {
    for (Index i = 0; i < height * width; i++) {
      if (image.data()[i] < kInk) continue;
      const Index y = i / width, x = i % width;
      box = {std::min(box.top, y), std::max(box.bottom, y + 1), std::min(box.left, x),
             std::max(box.right, x + 1)};
    }
  }
  return box.bottom > 0 ? box : Box{0, height, 0, width};
}

// Rows y and y + 1 of the image, within the box.
std::string draw_rows(const Tensor& image, Index y, const Box& box) {
  const Index width = image.size(-1);
  const Scalar* row = image.data() + y * width;
  std::string line;
  for (Index x = box.left; x < box.right; x++) {
    line += half_blocks(row[x] >= kInk, y + 1 < box.bottom && row[width + x] >= kInk);
  }
  return line;
}

void end_line(std::string& out) {
  out.erase(out.find_last_not_of(' ') + 1);  // stops at the end of the line before
  out += '\n';
}

}  // namespace

std::string draw_images(std::span<const Tensor> images, std::span<const std::string> captions, int columns) {
  if (images.empty()) return "";
  const Box box = ink_box(images);
  std::size_t cell = static_cast<std::size_t>(box.right - box.left);
  for (const std::string& caption : captions) cell = std::max(cell, caption.size());
  const std::string gap(kGap, ' '), fill(cell - static_cast<std::size_t>(box.right - box.left), ' ');
  const std::size_t in_a_row =
      std::max<std::size_t>(1, (static_cast<std::size_t>(columns) + kGap) / (cell + kGap));
  std::string out;
  for (std::size_t begin = 0; begin < images.size(); begin += in_a_row) {
    const std::size_t end = std::min(images.size(), begin + in_a_row);
    for (Index y = box.top; y < box.bottom; y += 2) {
      for (std::size_t i = begin; i < end; i++) out += draw_rows(images[i], y, box) + fill + gap;
      end_line(out);
    }
    for (std::size_t i = begin; i < end; i++) out += fmt::format("{:<{}}{}", captions[i], cell, gap);
    end_line(out);
    if (end < images.size()) out += '\n';
  }
  return out;
}

}  // namespace reel::apps

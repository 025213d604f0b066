// PGM and PPM, by hand: netpbm's own library ends the program at an error and reads from a FILE alone, and
// what is to be read are three numbers and the samples.
// Format: https://netpbm.sourceforge.net/doc/pgm.html and ppm.html
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/text/detail/parse.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";
constexpr Index kLargestOfAll = 65535;

// Words between white space and comments, from "#" to the end of the line.
class PnmWords {
 public:
  PnmWords(std::string_view bytes, const std::string& name) : rest_(bytes), name_(name) {}

  Index number(std::string_view what, Index most) {
    skip_space();
    const std::size_t end = std::min(rest_.find_first_of(kSpaces), rest_.size());
    const auto value = parsed<Index>(rest_.substr(0, end));
    if (!value || *value < 0 || *value > most) {
      refuse_image(name_, "PGM or PPM",
                   fmt::format("{} is \"{}\", a number of 0 to {} is expected", what,
                               rest_.substr(0, std::min<std::size_t>(end, 20)), most));
    }
    rest_.remove_prefix(end);
    return *value;
  }
  /// What follows the one white space after the last number.
  std::string_view rest() const { return rest_.substr(std::min<std::size_t>(1, rest_.size())); }

 private:
  void skip_space() {
    for (;;) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size()));
      if (!rest_.starts_with('#')) return;
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  std::string_view rest_;
  const std::string& name_;
};

void put_sample(DecodedImage& image, std::size_t i, Index value) {
  if (image.largest <= 255) {
    image.samples[i] = static_cast<std::uint8_t>(value);
  } else {
    image.samples[2 * i] = static_cast<std::uint8_t>(value >> 8);
    image.samples[2 * i + 1] = static_cast<std::uint8_t>(value & 255);
  }
}

void check_samples(const DecodedImage& image, const std::string& name) {
  const bool wide = image.largest > 255;
  if (image.largest == 255 || image.largest == kLargestOfAll) return;
  for (std::size_t i = 0; i < image.samples.size(); i += wide ? 2 : 1) {
    const Index value = wide ? image.samples[i] << 8 | image.samples[i + 1] : image.samples[i];
    if (value > image.largest)
      refuse_image(name, "PGM or PPM",
                   fmt::format("a sample is {}, {} is the largest", value, image.largest));
  }
}

}  // namespace

DecodedImage decode_pnm(std::string_view bytes, const std::string& name) {
  const char kind = bytes[1];
  const bool binary = kind == '5' || kind == '6';
  PnmWords words(bytes.substr(2), name);
  DecodedImage image{.channels = kind == '3' || kind == '6' ? 3 : 1, .samples = {}};
  constexpr Index kMostSide = Index{1} << 28;
  image.width = words.number("its width", kMostSide);
  image.height = words.number("its height", kMostSide);
  image.largest = words.number("its largest sample", kLargestOfAll);
  if (image.largest == 0) refuse_image(name, "PGM or PPM", "its largest sample is 0, 1 or more is expected");
  const std::string_view rest = words.rest();
  const Index sample = binary && image.largest > 255 ? 2 : 1;  // bytes of the file, of a text at the least
  const Index least = image.channels * sample * image.width * image.height;
  make_samples(image, name, "PGM or PPM", {rest.size(), static_cast<std::uint64_t>(least)});
  if (binary) {
    std::copy_n(rest.begin(), image.samples.size(), image.samples.begin());
    check_samples(image, name);
  } else {
    const std::size_t count = image.samples.size() / (image.largest > 255 ? 2 : 1);
    for (std::size_t i = 0; i < count; i++) put_sample(image, i, words.number("a sample", image.largest));
  }
  return image;
}

}  // namespace reel::inline REEL_PRECISION

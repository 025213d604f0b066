#include <reel/datasets/detail/image_formats.h>

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/foreign_format.h>

namespace reel::inline REEL_PRECISION {
namespace {

using namespace std::string_view_literals;

constexpr Index kMostPixels = Index{1} << 28;

// Images of other formats, by how they start.
std::string_view other_image_format(std::string_view bytes) {
  if (bytes.starts_with("GIF8")) return "GIF";
  if (bytes.starts_with("BM")) return "BMP";
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) return "TIFF";
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<std::size_t>(8, bytes.size())).starts_with("WEBP"))
    return "WebP";
  return "";
}

// What a file is instead, with the way out.
std::string foreign_image(std::string_view bytes) {
  if (const std::string_view format = other_image_format(bytes); !format.empty())
    return fmt::format("this is a {} image; convert it to PNG", format);
  if (const std::string_view known = foreign_format(bytes.substr(0, kForeignBytes)); !known.empty())
    return fmt::format("this is {}", known);
  return "it starts as none of these; is it damaged?";
}

// Sample i, a number of 0 to `largest`.
Index sample8(const DecodedImage& image, Index i) { return image.samples[static_cast<std::size_t>(i)]; }
Index sample16(const DecodedImage& image, Index i) {
  return sample8(image, 2 * i) << 8 | sample8(image, 2 * i + 1);
}

template <Index (*kSample)(const DecodedImage&, Index)>
void write_planes_of(const DecodedImage& image, Index channels, Scalar* out) {
  const Index count = image.height * image.width;
  const auto largest = static_cast<Scalar>(image.largest);
  if (image.channels == 3 && channels == 1) {
    for (Index i = 0; i < count; i++) {  // in whole numbers, so that white is 1
      const Index grey =
          299 * kSample(image, 3 * i) + 587 * kSample(image, 3 * i + 1) + 114 * kSample(image, 3 * i + 2);
      *out++ = static_cast<Scalar>(grey) / (1000 * largest);
    }
    return;
  }
  for (Index c = 0; c < channels; c++) {
    const Index from = image.channels == 1 ? 0 : c;
    for (Index i = 0; i < count; i++)
      *out++ = static_cast<Scalar>(kSample(image, i * image.channels + from)) / largest;
  }
}

}  // namespace

DecodedImage decode_image(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(bytes, name);
  if (bytes.starts_with("\xff\xd8\xff")) return decode_jpeg(bytes, name);
  for (const std::string_view magic : {"P2", "P3", "P5", "P6"})
    if (bytes.starts_with(magic)) return decode_pnm(bytes, name);
  throw FormatError(
      fmt::format("{}: an image in PNG, JPEG, PGM or PPM is expected; {}", name, foreign_image(bytes)));
}

void make_samples(DecodedImage& image, const std::string& name, std::string_view format, ImageBytes bytes) {
  const Index height = image.height, width = image.width;
  if (height < 1 || width < 1 || height > kMostPixels / width) {
    throw FormatError(fmt::format(
        "{}: an image of {}x{} pixels, height by width, 1 to 2^28 in all are expected", name, height, width));
  }
  if (bytes.there < bytes.least) {
    refuse_image(name, format,
                 fmt::format("{} bytes for an image of {}x{} pixels, {} or more are expected", bytes.there,
                             height, width, bytes.least));
  }
  const Index count = image.channels * height * width * (image.largest > 255 ? 2 : 1);
  make_room(image.samples, static_cast<std::uint64_t>(count), name);
}

void refuse_image(const std::string& name, std::string_view format, std::string_view why) {
  throw FormatError(
      fmt::format("{}: this {} image is cut or damaged: {}; remove it or fetch it again", name, format, why));
}

void write_planes(const DecodedImage& image, Index channels, std::span<Scalar> pixels) {
  (image.largest > 255 ? write_planes_of<sample16> : write_planes_of<sample8>)(image, channels,
                                                                               pixels.data());
}

}  // namespace reel::inline REEL_PRECISION

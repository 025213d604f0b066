// Image files in memory, format by format. Internal to datasets and the programs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// An image as its file has it. A sample takes one byte, or where `largest` is above 255 two, the high one first.
struct DecodedImage {
  Index channels = 1;  ///< 1: grey, 3: red, green, blue
  Index height = 0, width = 0;
  Index largest = 255;                ///< the sample that is white
  std::vector<std::uint8_t> samples;  ///< [H,W,C]
};

/// The image in `bytes`, whose format its first bytes tell; `name` stands for the path in messages. Errors as
/// of read_image().
DecodedImage decode_image(std::string_view bytes, const std::string& name);

/// Likewise of one format, which the bytes begin as.
DecodedImage decode_png(std::string_view bytes, const std::string& name);
DecodedImage decode_jpeg(std::string_view bytes, const std::string& name);
DecodedImage decode_pnm(std::string_view bytes, const std::string& name);

/// The bytes of a file, and how many an image of its size takes at the least.
struct ImageBytes {
  std::uint64_t there, least;
};
/// Makes room for the samples of an image of that size. One that is empty or of more than 2^28 pixels is a
/// FormatError, as is one that its bytes cannot hold; no memory is an IoError.
void make_samples(DecodedImage& image, const std::string& name, std::string_view format, ImageBytes bytes);
/// The FormatError of a file that a decoder gives up.
[[noreturn]] void refuse_image(const std::string& name, std::string_view format, std::string_view why);

/// Writes the image as numbers in [0, 1], [channels,H,W]: grey from colours by ITU-R BT.601, colours from grey
/// by copying.
void write_planes(const DecodedImage& image, Index channels, std::span<Scalar> pixels);

/// The bytes of a PNG file with an image [1,H,W] or [3,H,W], of 8 bits a sample; below 0 and NaN are 0, above 1
/// is 1. Another shape is a ShapeError.
std::string encode_png(const Located<Tensor>& image);

}  // namespace reel::inline REEL_PRECISION

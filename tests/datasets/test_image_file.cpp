#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/core/io/safetensors.h>
#include <reel/datasets/image_file.h>

#include "close.h"
#include "compare_support.h"
#include "golden/golden.h"
#include "idx_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
namespace fs = std::filesystem;

namespace {

fs::path image_of_tests(const std::string& name) { return data_path("images/" + name); }

// The image that the content of a file gives.
Tensor image_in(const std::string& content, ReadImageOptions options = {}) {
  const TempDir folder;
  write_file(folder.path() / "image", content);
  return read_image(folder.path() / "image", options);
}

// What such a file is told.
std::string image_refusal(const std::string& content) {
  return error_of<FormatError>([&] { image_in(content); });
}

Tensor divided(const Tensor& samples, double largest) {
  Tensor result = Tensor::zeros(samples.shape());
  for (Index i = 0; i < samples.numel(); i++)
    result.mutable_data()[i] = samples.data()[i] / static_cast<Scalar>(largest);
  return result;
}

std::string pnm(const std::string& header, const std::vector<int>& samples) {
  std::string file = header;
  for (const int s : samples) file += static_cast<char>(s);
  return file;
}

// A progressive JPEG image of one grey, 128, whose blocks of 8x8 pixels take a bit each; its frame says how it is coded.
std::string flat_jpeg(char frame, int height, int width, std::size_t bytes) {
  const auto two_bytes = [](int n) { return std::string{static_cast<char>(n >> 8), static_cast<char>(n)}; };
  std::string file =
      "\xff\xd8\xff\xdb" + two_bytes(67) + std::string(1, 0) + std::string(64, 1);  // quantization
  file += std::string{'\xff', frame} + two_bytes(11) + '\x08' + two_bytes(height) + two_bytes(width) +
          std::string("\x01\x01\x11\0", 4);
  file +=
      "\xff\xc4" + two_bytes(20) + std::string("\0\x01", 2) + std::string(16, 0);  // the code of 0 is a bit
  file += "\xff\xda" + two_bytes(8) + std::string("\x01\x01\0\0\0\0", 6);          // first coefficients alone
  return file + std::string(bytes, 0) + "\xff\xd9";
}

}  // namespace

TEST_CASE("Images of every kind are read as Pillow reads them") {
  const auto expected = read_safetensors(image_of_tests("expected.safetensors").string()).state.tensors;
  CHECK(expected.size() == 14);
  for (const auto& [file, samples] : expected) {
    const std::string name = file;
    CAPTURE(name);
    const double largest = name.find("16") == std::string::npos ? 255 : 65535;
    CHECK_CLOSE(read_image(image_of_tests(name)), divided(samples, largest));
  }
}

TEST_CASE("An image comes in as many channels as are asked for") {
  const Tensor colours = read_image(image_of_tests("rgb8.png")),
               grey = read_image(image_of_tests("grey8.png"));
  CHECK_CLOSE(read_image(image_of_tests("rgb8.png"), {.channels = 3}), colours);
  CHECK_CLOSE(read_image(image_of_tests("grey8.png"), {.channels = 1}), grey);
  const Tensor made_grey = read_image(image_of_tests("rgb8.png"), {.channels = 1});
  const Tensor made_colours = read_image(image_of_tests("grey8.png"), {.channels = 3});
  REQUIRE(made_grey.shape() == Shape{1, 5, 7});
  REQUIRE(made_colours.shape() == Shape{3, 5, 7});
  for (Index y = 0; y < 5; y++) {
    for (Index x = 0; x < 7; x++) {
      CHECK_CLOSE(made_grey.at(0, y, x), 0.299 * static_cast<double>(colours.at(0, y, x)) +
                                             0.587 * static_cast<double>(colours.at(1, y, x)) +
                                             0.114 * static_cast<double>(colours.at(2, y, x)));
      for (Index c = 0; c < 3; c++) CHECK(made_colours.at(c, y, x) == grey.at(0, y, x));
    }
  }
  CHECK(image_in(pnm("P6 1 1 255\n", {255, 255, 255}), {.channels = 1}).item() == 1);
  for (const Index wrong : {0, 2, 4, -1}) {
    CHECK_THROWS_WITH_AS(read_image(image_of_tests("rgb8.png"), {.channels = wrong}),
                         doctest::Contains(fmt::format("channels is {}, it must be 1 or 3", wrong).c_str()),
                         Error);
  }
}

TEST_CASE("PGM and PPM are read as bytes and as text, with comments and any largest sample") {
  CHECK_CLOSE(image_in(pnm("P5\n3 2\n255\n", {0, 51, 102, 153, 204, 255})),
              divided(Tensor::from({1, 2, 3}, {0, 1, 2, 3, 4, 5}), 5));
  CHECK_CLOSE(image_in(pnm("P6 1 2 # by hand\n#\n4\r", {4, 2, 0, 1, 3, 4})),
              Tensor::from({3, 2, 1}, {1, 0.25, 0.5, 0.75, 0, 1}));
  CHECK_CLOSE(image_in(pnm("P5 2 1 1000\n", {0x01, 0xf4, 0x03, 0xe8})), Tensor::from({1, 1, 2}, {0.5, 1}));
  CHECK_CLOSE(image_in("P2\n# grey\n2 2 10\n0 5\n10 1"), divided(Tensor::from({1, 2, 2}, {0, 5, 10, 1}), 10));
  CHECK_CLOSE(image_in("P3 1 1 1000 500 #x\n1000 0"), Tensor::from({3, 1, 1}, {0.5, 1, 0}));
}

TEST_CASE("PGM and PPM that are cut, too large or say what cannot be are refused") {
  CHECK(has(image_refusal("P5"),
            "image: this PGM or PPM image is cut or damaged: its width is \"\", a number of 0 to"));
  CHECK(has(image_refusal("P5 2 -1 255\n"), "its height is \"-1\""));
  CHECK(has(image_refusal("P5 2 2 0\n...."), "its largest sample is 0, 1 or more is expected"));
  CHECK(has(image_refusal("P5 2 2 65536\n...."), "its largest sample is \"65536\", a number of 0 to 65535"));
  CHECK(has(image_refusal("P6 2 2 255\n..........."),
            "11 bytes for an image of 2x2 pixels, 12 or more are expected"));
  CHECK(has(image_refusal(pnm("P5 1 1 9\n", {10})), "a sample is 10, 9 is the largest"));
  CHECK(has(image_refusal(pnm("P5 1 1 999\n", {3, 255})), "a sample is 1023, 999 is the largest"));
  CHECK(has(image_refusal("P2 2 1 9 10 1"), "a sample is \"10\", a number of 0 to 9 is expected"));
  CHECK(has(image_refusal("P2 2 1 9 1   "), "a sample is \"\""));
  CHECK(has(image_refusal("P5 0 1 255\n"),
            "an image of 1x0 pixels, height by width, 1 to 2^28 in all are expected"));
  CHECK(has(image_refusal("P5 16384 16384 255\n."), "268435456 or more are expected"));
  CHECK(has(image_refusal("P5 268435456 268435456 255\n."),
            "268435456x268435456 pixels, height by width, 1 to"));
}

TEST_CASE("A PNG or JPEG that is cut anywhere is refused") {
  for (const char* name : {"rgb8.png", "interlaced.png", "palette.png", "rgb.jpg", "progressive.jpg"}) {
    const std::string whole = read_file(image_of_tests(name));
    const bool jpeg = whole[0] == '\xff';  // whose last two bytes, a marker, tell nothing
    for (std::size_t size = 8; size + (jpeg ? 2 : 0) < whole.size(); size++) {
      CAPTURE(name);
      CAPTURE(size);
      CHECK(has(image_refusal(whole.substr(0, size)), "image is cut or damaged: "));
    }
  }
}

TEST_CASE("A PNG with any other byte is refused, as its checksums tell") {
  for (const char* name : {"rgb8.png", "interlaced.png"}) {
    const std::string whole = read_file(image_of_tests(name));
    // The last four are the checksum of nothing, at which newer versions of libpng only warn.
    for (std::size_t i = 0; i + 4 < whole.size(); i++) {
      std::string damaged = whole;
      damaged[i] ^= 4;
      CAPTURE(i);
      CHECK(has(image_refusal(damaged), "image: "));
    }
  }
}

TEST_CASE("Files that are no such image are told what they are") {
  CHECK(
      has(image_refusal(""), "image: an image in PNG, JPEG, PGM or PPM is expected; this is an empty file"));
  CHECK(has(image_refusal("GIF89a"), "this is a GIF image; convert it to PNG"));
  CHECK(has(image_refusal("BM\x01"), "this is a BMP image"));
  CHECK(has(image_refusal(std::string("II*\0", 4)), "this is a TIFF image"));
  CHECK(has(image_refusal("RIFF1234WEBPVP8 "), "this is a WebP image"));
  CHECK(has(image_refusal("RIFF"), "it starts as none of these; is it damaged?"));
  CHECK(has(image_refusal("<!DOCTYPE html>"), "a web page"));
  CHECK(has(image_refusal(read_file(image_of_tests("cmyk.jpg"))),
            "this JPEG image has 4 channels of inks (CMYK) or of no known colours, grey or RGB is expected"));
  const TempDir folder;
  CHECK_THROWS_AS(read_image(folder.path() / "none.png"), IoError);
  CHECK_THROWS_AS(read_image(folder.path()), IoError);
}

TEST_CASE("An image whose header promises billions of pixels is refused before there is room for them") {
  const auto png_of = [](const std::string& width_and_height) {
    std::string png = read_file(image_of_tests("grey8.png"));
    png.replace(16, 8, width_and_height);
    const auto checksum = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(&png[12]), 17));
    for (int i = 0; i < 4; i++)
      png[29 + static_cast<std::size_t>(i)] = static_cast<char>(checksum >> (24 - 8 * i));
    return png;
  };
  CHECK(has(image_refusal(png_of(std::string("\x40\0\0\0\x40\0\0\0", 8))),
            "an image of 1073741824x1073741824 pixels, height by width, 1 to 2^28 in all are expected"));
  CHECK(has(image_refusal(png_of(std::string("\0\0\x40\0\0\0\x40\0", 8))),
            "99 bytes for an image of 16384x16384 pixels, 260111 or more are expected"));
  std::string jpeg = read_file(image_of_tests("grey.jpg"));
  const std::size_t frame = jpeg.find("\xff\xc0");  // marker, length, bits, height, width
  jpeg.replace(frame + 5, 4, "\xff\x00\xff\x00", 4);
  CHECK(has(image_refusal(jpeg), "an image of 65280x65280 pixels"));
}

TEST_CASE("A JPEG whose bytes cannot hold what its header promises is refused before there is room for it") {
  constexpr char kHuffman = '\xc2', kArithmetic = '\xca';
  const Tensor grey = Tensor::full({1, 512, 512}, static_cast<Scalar>(128) / 255);
  CHECK_CLOSE(image_in(flat_jpeg(kHuffman, 512, 512, 64 * 64 / 8)), grey);
  CHECK(image_in(flat_jpeg(kArithmetic, 512, 512, 1)).shape() == grey.shape());
  CHECK(
      has(image_refusal(flat_jpeg(kHuffman, 512, 1024, 64 * 64 / 8)),
          "image: this JPEG image is cut or damaged: 630 bytes for an image of 512x1024 pixels, 1024 or more "
          "are expected; remove it or fetch it again"));
  CHECK(has(image_refusal(flat_jpeg(kHuffman, 4096, 65500, 82)),
            "200 bytes for an image of 4096x65500 pixels, 524032 or more are expected"));
  std::string colours = read_file(image_of_tests("rgb.jpg"));
  colours.replace(colours.find("\xff\xc0") + 5, 4, "\x10\x20\x10\x20", 4);
  CHECK(
      has(image_refusal(colours), "831 bytes for an image of 4128x4128 pixels, 99846 or more are expected"));
}

TEST_CASE("write_png and read_image are inverse up to the rounding to bytes") {
  const TempDir folder;
  const fs::path path = folder.path() / "image.png";
  for (const Shape& shape : {Shape{3, 5, 4}, Shape{1, 3, 7}, Shape{1, 1, 1}, Shape{3, 70, 90}}) {
    const Tensor image = Tensor::rand(shape);
    write_png(path, image);
    Tensor rounded = Tensor::zeros(shape);
    for (Index i = 0; i < image.numel(); i++)
      rounded.mutable_data()[i] = static_cast<Scalar>(std::lround(image.data()[i] * 255)) / 255;
    const Tensor again = read_image(path);
    CHECK_CLOSE(again, rounded);
    write_png(path, again);
    CHECK_CLOSE(read_image(path), again, 0);
  }
  write_png(path, Tensor::from({1, 1, 4}, {-1, 2, std::numeric_limits<Scalar>::quiet_NaN(),
                                           std::numeric_limits<Scalar>::infinity()}));
  CHECK_CLOSE(read_image(path), Tensor::from({1, 1, 4}, {0, 1, 0, 1}), 0);
  const std::string before = read_file(path);
  for (const Shape& wrong : {Shape{2, 2}, Shape{2, 2, 2}, Shape{1, 0, 2}, Shape{1, 3, 2, 2}}) {
    CHECK_THROWS_WITH_AS(write_png(path, Tensor::zeros(wrong)),
                         doctest::Contains("[1,H,W] or [3,H,W] is expected"), ShapeError);
  }
  CHECK(read_file(path) == before);
  CHECK_THROWS_AS(write_png(folder.path() / "no such folder/image.png", Tensor::zeros({1, 1, 1})), IoError);
}

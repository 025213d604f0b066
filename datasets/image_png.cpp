// PNG by libpng, which leaves by longjmp where it fails. No function that it may jump over or into holds an
// object with a destructor: each step into libpng is a function of its own, on plain data.
#include <png.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/option_check.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Where a failure is told; the error handler finds it by libpng's pointer.
struct Trouble {
  char text[96] = "";
};

[[noreturn]] void on_png_error(png_structp png, png_const_charp message) {
  auto* const trouble = static_cast<Trouble*>(png_get_error_ptr(png));
  std::strncpy(trouble->text, message, sizeof trouble->text - 1);
  png_longjmp(png, 1);
}
void on_png_warning(png_structp, png_const_charp) {}

// ---- Reading.

struct PngRead {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const char* next = nullptr;  // of the bytes to come
  std::size_t left = 0;
  Trouble trouble = {};
};

void take_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto* const read = static_cast<PngRead*>(png_get_io_ptr(png));
  if (count > read->left) png_error(png, "it ends too early");
  std::memcpy(out, read->next, count);
  read->next += count;
  read->left -= count;
}

bool read_header(PngRead* read) {
  if (setjmp(png_jmpbuf(read->png)) != 0) return false;
  png_set_read_fn(read->png, read, take_bytes);
  png_set_user_limits(read->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);             // make_samples() has its own
  png_set_keep_unknown_chunks(read->png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // profiles, texts and such
  png_read_info(read->png, read->info);
  return true;
}

// Grey or red, green and blue, of 8 or 16 bits.
bool prepare_samples(PngRead* read) {
  if (setjmp(png_jmpbuf(read->png)) != 0) return false;
  if (png_get_color_type(read->png, read->info) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(read->png);
  if (png_get_bit_depth(read->png, read->info) < 8) png_set_expand_gray_1_2_4_to_8(read->png);
  png_set_strip_alpha(read->png);
  png_set_interlace_handling(read->png);
  png_read_update_info(read->png, read->info);
  return true;
}

bool read_rows(PngRead* read, png_bytepp rows) {
  if (setjmp(png_jmpbuf(read->png)) != 0) return false;
  png_read_image(read->png, rows);
  png_read_end(read->png, nullptr);
  return true;
}

// Deflate makes at most 1032 bytes of one. Of sizes at which this wraps round the pixels are too many.
std::uint64_t least_bytes(const PngRead& read) {
  constexpr std::uint64_t kMostOfOne = 1032;
  return png_get_rowbytes(read.png, read.info) * png_get_image_height(read.png, read.info) / kMostOfOne;
}

std::vector<png_bytep> rows_of(std::vector<std::uint8_t>& samples, Index height) {
  std::vector<png_bytep> rows(static_cast<std::size_t>(height));
  const std::size_t row = samples.size() / rows.size();
  for (std::size_t y = 0; y < rows.size(); y++) rows[y] = samples.data() + y * row;
  return rows;
}

// ---- Writing.

struct PngWrite {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string* out = nullptr;
  Trouble trouble = {};
};

bool append(std::string* out, png_const_bytep bytes, std::size_t count) {
  try {
    out->append(reinterpret_cast<const char*>(bytes), count);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}
void give_bytes(png_structp png, png_bytep bytes, std::size_t count) {
  if (!append(static_cast<PngWrite*>(png_get_io_ptr(png))->out, bytes, count))
    png_error(png, "no memory for it");
}

bool write_rows(PngWrite* write, const DecodedImage* image, png_bytepp rows) {
  if (setjmp(png_jmpbuf(write->png)) != 0) return false;
  png_set_write_fn(write->png, write, give_bytes, nullptr);
  png_set_compression_level(write->png, 9);
  png_set_IHDR(write->png, write->info, static_cast<png_uint_32>(image->width),
               static_cast<png_uint_32>(image->height), 8,
               image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_rows(write->png, write->info, rows);
  png_write_png(write->png, write->info, PNG_TRANSFORM_IDENTITY, nullptr);
  return true;
}

std::uint8_t byte_of(Scalar x) {
  return x > 0 ? static_cast<std::uint8_t>(std::lround(255 * std::min<Scalar>(x, 1))) : 0;  // 0 for a NaN
}

}  // namespace

DecodedImage decode_png(std::string_view bytes, const std::string& name) {
  PngRead read{.next = bytes.data(), .left = bytes.size()};
  read.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &read.trouble, on_png_error, on_png_warning);
  const auto close = [&](png_structpp png) { png_destroy_read_struct(png, &read.info, nullptr); };
  const std::unique_ptr<png_structp, decltype(close)> closed_at_the_end(&read.png, close);
  if (read.png != nullptr) read.info = png_create_info_struct(read.png);
  if (read.info == nullptr) fail_to("read", name, "libpng does not start");
  const auto refuse_unless = [&](bool done) {
    if (!done) refuse_image(name, "PNG", read.trouble.text);
  };

  refuse_unless(read_header(&read));
  DecodedImage image{.height = png_get_image_height(read.png, read.info),
                     .width = png_get_image_width(read.png, read.info),
                     .largest = png_get_bit_depth(read.png, read.info) == 16 ? 65535 : 255,
                     .samples = {}};
  const bool grey = (png_get_color_type(read.png, read.info) & PNG_COLOR_MASK_COLOR) == 0;
  image.channels = grey ? 1 : 3;
  make_samples(image, name, "PNG", {bytes.size(), least_bytes(read)});
  std::vector<png_bytep> rows = rows_of(image.samples, image.height);
  refuse_unless(prepare_samples(&read));
  refuse_unless(read_rows(&read, rows.data()));
  return image;
}

std::string encode_png(const Located<Tensor>& image) {
  const OptionCheck check("write_png", image.where);
  const Shape& s = image.shape();
  check.require<ShapeError>(s.dim() == 3 && (s[0] == 1 || s[0] == 3) && s[1] > 0 && s[2] > 0,
                            "image has shape {}, [1,H,W] or [3,H,W] is expected", s);
  DecodedImage pixels{.channels = s[0], .height = s[1], .width = s[2], .samples = {}};
  for (Index i = 0; i < s[1] * s[2]; i++)
    for (Index c = 0; c < s[0]; c++) pixels.samples.push_back(byte_of(image.data()[c * s[1] * s[2] + i]));
  std::string bytes;
  PngWrite write{.out = &bytes};
  write.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &write.trouble, on_png_error, on_png_warning);
  const auto close = [&](png_structpp png) { png_destroy_write_struct(png, &write.info); };
  const std::unique_ptr<png_structp, decltype(close)> closed_at_the_end(&write.png, close);
  if (write.png != nullptr) write.info = png_create_info_struct(write.png);
  check.require(write.info != nullptr, "libpng does not start");
  std::vector<png_bytep> rows = rows_of(pixels.samples, pixels.height);
  check.require(write_rows(&write, &pixels, rows.data()), "image {}: {}", s, write.trouble.text);
  return bytes;
}

}  // namespace reel::inline REEL_PRECISION

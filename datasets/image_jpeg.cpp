// JPEG by libjpeg-turbo, which leaves by longjmp where it fails. No function that it may jump over or into
// holds an object with a destructor: each step into it is a function of its own, on plain data.
#include <cstddef>
#include <cstdio>  // jpeglib.h wants it

#include <jpeglib.h>

#include <jerror.h>

#include <csetjmp>
#include <cstdint>
#include <memory>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::inline REEL_PRECISION {
namespace {

struct JpegRead {
  jpeg_decompress_struct decoder = {};
  jpeg_error_mgr errors = {};
  jmp_buf way_out = {};
  char trouble[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void on_jpeg_error(j_common_ptr decoder) {
  auto* const read = static_cast<JpegRead*>(decoder->client_data);
  read->errors.format_message(decoder, read->trouble);
  std::longjmp(read->way_out, 1);
}

// libjpeg only warns where data lacks and makes something up; that is an error here. Bytes too many, an odd
// header and such are not.
void on_jpeg_message(j_common_ptr decoder, int level) {
  if (level >= 0) return;  // a trace
  switch (decoder->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE:
      on_jpeg_error(decoder);
    default:
      return;
  }
}

bool open_jpeg(JpegRead* read, const unsigned char* bytes, std::size_t count) {
  read->decoder.err = jpeg_std_error(&read->errors);
  read->errors.error_exit = on_jpeg_error;
  read->errors.emit_message = on_jpeg_message;
  read->decoder.client_data = read;
  if (setjmp(read->way_out) != 0) return false;
  jpeg_create_decompress(&read->decoder);
  jpeg_mem_src(&read->decoder, bytes, static_cast<unsigned long>(count));
  jpeg_read_header(&read->decoder, TRUE);
  return true;
}

bool read_lines(JpegRead* read, unsigned char* samples, std::size_t line) {
  if (setjmp(read->way_out) != 0) return false;
  jpeg_start_decompress(&read->decoder);
  while (read->decoder.output_scanline < read->decoder.output_height) {
    JSAMPROW row = samples + read->decoder.output_scanline * line;
    jpeg_read_scanlines(&read->decoder, &row, 1);
  }
  jpeg_finish_decompress(&read->decoder);
  return true;
}

// What the decoder shall give: grey or red, green and blue.
void choose_colours(JpegRead* read, const std::string& name) {
  switch (read->decoder.jpeg_color_space) {
    case JCS_GRAYSCALE:
      read->decoder.out_color_space = JCS_GRAYSCALE;
      return;
    case JCS_RGB:
    case JCS_YCbCr:
      read->decoder.out_color_space = JCS_RGB;
      return;
    default:
      throw FormatError(
          fmt::format("{}: this JPEG image has {} channels of inks (CMYK) or of no known colours, grey or "
                      "RGB is expected; "
                      "convert it, say with PIL's convert(\"RGB\")",
                      name, read->decoder.num_components));
  }
}

// By Huffman's codes each block of 8x8 samples takes a bit or more, in whichever of its scans the first coefficient is.
// Of arithmetic coding thousands of equal ones may take one.
std::uint64_t least_bytes(const jpeg_decompress_struct& decoder) {
  if (decoder.arith_code) return 0;
  std::uint64_t blocks = 0;
  for (int i = 0; i < decoder.num_components; i++) {
    const jpeg_component_info& component = decoder.comp_info[i];
    blocks += std::uint64_t{component.width_in_blocks} * component.height_in_blocks;
  }
  return blocks / 8;
}

}  // namespace

DecodedImage decode_jpeg(std::string_view bytes, const std::string& name) {
  JpegRead read;
  const auto close = [](JpegRead* open) { jpeg_destroy_decompress(&open->decoder); };
  const std::unique_ptr<JpegRead, decltype(close)> closed_at_the_end(&read, close);
  const auto refuse_unless = [&](bool done) {
    if (!done) refuse_image(name, "JPEG", read.trouble);
  };
  refuse_unless(open_jpeg(&read, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  choose_colours(&read, name);
  DecodedImage image{.channels = read.decoder.out_color_space == JCS_RGB ? 3 : 1,
                     .height = read.decoder.image_height,
                     .width = read.decoder.image_width,
                     .samples = {}};
  make_samples(image, name, "JPEG", {bytes.size(), least_bytes(read.decoder)});
  refuse_unless(
      read_lines(&read, image.samples.data(), static_cast<std::size_t>(image.channels * image.width)));
  return image;
}

}  // namespace reel::inline REEL_PRECISION

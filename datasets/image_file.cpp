#include <reel/datasets/image_file.h>

#include <array>
#include <string>
#include <string_view>

#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/file.h>
#include <reel/core/option_check.h>
#include <reel/datasets/detail/image_formats.h>

namespace reel::inline REEL_PRECISION {

Tensor read_image(const std::filesystem::path& path, ReadImageOptions options, Location where) {
  const Index asked = options.channels.value_or(1);
  OptionCheck("read_image", where)
      .require(asked == 1 || asked == 3, "channels is {}, it must be 1 or 3", asked);
  const std::string name = path.string();
  const DecodedImage image = decode_image(read_bytes(name), name);
  const Index channels = options.channels.value_or(image.channels);
  Tensor result = room_for({channels, image.height, image.width}, "its image", name);
  write_planes(image, channels, result.mutable_values());
  return result;
}

void write_png(const std::filesystem::path& path, const Located<Tensor>& image) {
  const std::string bytes = encode_png(image);
  write_atomically(path.string(), std::array{std::string_view(bytes)});
}

}  // namespace reel::inline REEL_PRECISION

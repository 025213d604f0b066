// Image files: PNG, JPEG, PGM and PPM are read, PNG is written.
#pragma once

#include <filesystem>
#include <optional>

#include <reel/core/location.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

struct ReadImageOptions {
  std::optional<Index> channels = {};  ///< 1: grey, 3: red, green, blue; those of the file where absent
};

/// An image as numbers in [0, 1], [1,H,W] or [3,H,W]; sample / largest sample, so 16 bits are not rounded to 8.
/// The format is told by the first bytes: PNG, JPEG, or PGM and PPM (P2, P3, P5, P6). Palettes are expanded.
/// Grey is made of colours as 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601; PIL's convert("L") rounds
/// that to a byte), colours of grey by copying. Transparency is dropped, not blended; colour profiles and the
/// orientation in EXIF are not applied.
///
/// A file that cannot be read is an IoError. One of another format, cut or damaged, of more than 2^28 pixels or
/// a JPEG with inks (CMYK) is a FormatError, another number of channels an Error.
Tensor read_image(const std::filesystem::path& path, ReadImageOptions options = {}, Location where = {});

/// Writes an image [1,H,W] or [3,H,W] as PNG with 8 bits a sample, round(255 x): below 0 and NaN are 0, above 1
/// is 1. The file is replaced at once (see write_atomically). Another shape is a ShapeError.
void write_png(const std::filesystem::path& path, const Located<Tensor>& image);

}  // namespace reel::inline REEL_PRECISION

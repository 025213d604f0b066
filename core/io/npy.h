// Tensors in NumPy's .npy files: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <string>
#include <string_view>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// Reads an array of real numbers, float16 to float64, integers or bool, of either byte order, in C or
/// Fortran order, as Scalars (format versions 1.0 to 3.0, their headers in any spelling that NumPy reads).
/// Another dtype and a file that is broken, too short or too long are a FormatError; a file that cannot be
/// read, or not held in memory, is an IoError.
Tensor read_npy(const std::string& path);
/// The same from the bytes of such a file; `name` stands for the path in messages.
Tensor parse_npy(std::string_view bytes, const std::string& name);

/// Writes version 1.0 in the Scalar's own format, replacing the file at once (see write_atomically).
void write_npy(const std::string& path, const Tensor& tensor);

}  // namespace reel::inline REEL_PRECISION

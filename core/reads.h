// Which numbers of its inputs a number of an op's output depends on: what receptive fields follow from.
#pragma once

#include <array>
#include <string_view>

#include <reel/core/shape.h>

namespace reel::inline REEL_PRECISION {

/// How an op on images [N,C,H,W] slides over them.
struct Window {
  Size2 kernel = 1, stride = 1, dilation = 1;
  friend bool operator==(const Window&, const Window&) = default;
};

/// What one number of an op's output reads of one of its inputs. Where it has a window, both are images
/// [N,C,H,W], and `window` and `start` say it for rows and columns alike; rows and columns that the input
/// does not have are padding.
struct Reads {
  enum class Kind {
    kUnknown,     ///< the op does not say
    kWeight,      ///< a weight or bias, which receptive fields leave out
    kAll,         ///< all of it
    kRearranged,  ///< a part that is not followed, as of a reshape; all of the output reads all of it
    kPixels,      ///< output row i: row start + i stride; a stride of 0 repeats it
    kPart,        ///< the same, where rows that the input does not have are other inputs', as in a concat
    kWindow,      ///< output row i: the rows start + i stride + u dilation, 0 <= u < kernel
    kTransposed,  ///< the rows r of which one is i = start + r stride + u dilation: a transposed convolution
    kSwapped,     ///< output row i: column i, and the other way round
    kBatch        ///< all of it, for mean and variance of a batch; in eval mode the op reads kPixels
  };
  Kind kind = Kind::kUnknown;
  Window window = {};
  Size2 start = 0;

  friend bool operator==(const Reads&, const Reads&) = default;
  bool has_window() const;  ///< of kPixels, kPart, kWindow, kTransposed and kSwapped
};

/// "unknown", "weight", ...: as the enumerators.
std::string_view kind_name(Reads::Kind kind);

/// How far apart the input pixels of neighbouring outputs lie; a fraction behind a transposed convolution.
struct Jump {
  double h = 1, w = 1;
  friend bool operator==(const Jump&, const Jump&) = default;
  friend bool operator==(const Jump& jump, Size2 pixels) {
    return jump.h == static_cast<double>(pixels.h) && jump.w == static_cast<double>(pixels.w);
  }
};

/// The input pixels that one pixel of an output sees: how many of them along the output's rows and along its
/// columns, which behind a transpose(2, 3) are the input's columns and rows, from the first to the last, and
/// how far they move. From (1, 1) on, a window of kernel k, stride s and dilation d makes it size + (k - 1) d
/// jump and jump s. Dumoulin and Visin, arXiv:1603.07285.
struct ReceptiveField {
  Size2 size = 1;
  Jump jump;
};

bool is_image(const Shape& shape);

/// Of an op that computes each element from those at its place, the input broadcast to the output.
Reads reads_elementwise(const Shape& input, const Shape& output);
/// Of an op that computes each element from all those that differ from its place along `dims` alone.
Reads reads_lines(const Shape& input, const std::array<bool, Shape::kMaxDim>& dims);
/// The same along one dimension, negative from the last.
Reads reads_line(const Shape& input, Index dim);

}  // namespace reel::inline REEL_PRECISION

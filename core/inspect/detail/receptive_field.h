// What the ops before a number depend on: its receptive field. Internal to the library.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <reel/core/reads.h>

namespace reel::inline REEL_PRECISION::inspect {

/// A node of a tape, as receptive fields see it.
struct FieldNode {
  Shape shape;
  std::vector<std::size_t> inputs;  ///< positions of earlier nodes
  std::vector<Reads> reads;         ///< of each input
};

/// Rows or columns of images.
struct Extent {
  Index first = 0, last = 0;  ///< of those that the image has; none where last < first
  Index begin = 0, end = 0;   ///< the same where no border cuts anything off
  double jump = 1;            ///< how far apart those of neighbouring numbers lie

  Index size() const { return end - begin + 1; }
  bool none() const { return last < first; }
};

/// An op that reads a tensor, and how much padding it reads beside it.
struct FieldReader {
  std::size_t node, input;
  Index above = 0, below = 0, left = 0, right = 0;
};

/// What a number depends on in one tensor.
struct Field {
  enum class Kind {
    kPixels,  ///< the smallest rectangle around what it depends on
    kAll,     ///< all of it
    kUnknown  ///< part of it: no image, or behind an op that rearranges pixels or does not say what it reads
  };
  Kind kind = Kind::kUnknown;
  Extent rows = {}, columns = {};         ///< of kPixels
  bool turned = false;                    ///< they are the number's own columns and rows
  bool moves = true;                      ///< from number to number, alike everywhere
  std::vector<FieldReader> readers = {};  ///< none of the number's own tensor

  /// None where it is no rectangle that moves.
  std::optional<ReceptiveField> moving() const;
};

/// Rows and columns of an image, from the first to the last.
struct PixelBlock {
  Index top, bottom, left, right;
};

/// Of a block of numbers what any of them depends on.
struct ReceptiveFields {
  std::vector<std::optional<Field>>
      of;               ///< of each node up to the numbers'; none where they do not depend on it
  bool uniform = true;  ///< size() is the same for each of the numbers, unless the block is cut
  /// Whether not all rows / columns of the block read the same parts of a concat.
  bool rows_cut = false, columns_cut = false;
};

/// Where ways meet it is the smallest rectangle around what each of them reads. Weights and biases are left
/// out. Dumoulin and Visin, arXiv:1603.07285.
ReceptiveFields receptive_fields(std::span<const FieldNode> nodes, std::size_t node, Index element);
/// The same of all the numbers in a block of an image.
ReceptiveFields receptive_fields(std::span<const FieldNode> nodes, std::size_t node, const PixelBlock& block);

}  // namespace reel::inline REEL_PRECISION::inspect

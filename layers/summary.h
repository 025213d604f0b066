// What a network consists of: sizes, parameters, arithmetic and receptive fields.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// The input pixels that one pixel of a layer's output sees: `size` of them, and `jump` from those of one
/// output pixel to those of the next. From (1, 1) on, a window of kernel k, stride s and dilation d makes it
/// size + (k - 1) d jump and jump s. Dumoulin and Visin, arXiv:1603.07285.
struct ReceptiveField {
  Size2 size = 1, jump = 1;
};

/// One op that ran.
struct SummaryRow {
  std::string layer;  ///< path of the module that ran it: "conv1"; empty for the network itself
  std::string op;     ///< "conv2d"
  Shape output;
  Index parameters = 0;  ///< elements of the parameters used here and in no row before
  Index macs = 0;        ///< multiply-adds of a convolution or matrix product, for the whole batch
  std::optional<ReceptiveField> field;  ///< none behind an op that mixes all pixels
};

struct Summary {
  std::vector<SummaryRow> rows;  ///< in the order in which they ran
  Index parameters = 0;          ///< of the module, used or not
  Index trainable_parameters = 0;
  Index macs = 0;

  /// A table with one line a row, and the totals.
  std::string text() const;
};

/// Runs the module once, in eval mode, on zeros of shape `input` ([1,1,28,28]). The module, its training
/// flags and the program's generator are afterwards as they were.
Summary summary(Module& module, const Shape& input);

}  // namespace reel::inline REEL_PRECISION

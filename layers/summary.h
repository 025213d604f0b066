// What a network consists of: sizes, parameters, arithmetic and receptive fields.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/core/text_formatter.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// One op that ran.
struct SummaryRow {
  std::string layer;  ///< path of the module that ran it: "conv1"; empty for the network itself
  std::string op;     ///< "conv2d"
  Shape output;
  Index parameters = 0;  ///< elements of the parameters used here and in no row before
  Index macs = 0;        ///< multiply-adds of a convolution or matrix product, for the whole batch
  /// The largest of all pixels of the output. None behind an op that mixes all pixels, as a linear, that
  /// rearranges them, as a permute, or that does not say what it reads: see OpFacts::reads.
  std::optional<ReceptiveField> field;
};

struct Summary {
  std::vector<SummaryRow> rows;  ///< in the order in which they ran
  Index parameters = 0;          ///< of the module, used or not
  Index trainable_parameters = 0;
  Index macs = 0;

  /// A table with one line a row, and the totals.
  std::string text() const;
};
/// As text() has it.
std::ostream& operator<<(std::ostream& os, const Summary& summary);

/// Runs the module once, in eval mode, on zeros of shape `input` ([1,1,28,28]). The module, its training
/// flags and the program's generator are afterwards as they were.
Summary summary(Located<Module&> module, const Shape& input);

}  // namespace reel::inline REEL_PRECISION

template <>
struct fmt::formatter<reel::Summary> : reel::TextFormatter {};

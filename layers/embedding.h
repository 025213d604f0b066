// A table of rows that are learned, and looked up by their numbers.
#pragma once

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// indices [..], whole numbers from 0 to count - 1 -> [..,dim], as embedding(); weight [count,dim], whose
/// numbers start as standard normal ones.
class Embedding : public Layer {
 public:
  Embedding(Located<Index> count, Index dim);
  Var forward(Var indices) override;

  Parameter& weight;
};

}  // namespace reel::inline REEL_PRECISION

// Dropout.
#pragma once

#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// While training, sets each element to 0 with probability p and divides the others by 1 - p; nothing in
/// eval(). 0 <= p < 1. Srivastava et al., JMLR 15, 2014.
class Dropout : public Layer {
 public:
  explicit Dropout(Located<double> p = 0.5);
  Var forward(Var x) override;

 private:
  double p_;
};

}  // namespace reel::inline REEL_PRECISION

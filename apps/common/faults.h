// What in a training is not finite any more, and what made it so. Each function gives a clause for a message,
// and nothing where all is finite.
#pragma once

#include <string>

#include <reel/reel.h>

namespace reel::apps {

/// `the loss is not finite: the first op with such a result is log "fc" (net.h:31)`
std::string loss_fault(const Tape& tape, Var loss);
/// `the gradient of "conv1.weight" is not finite`
std::string gradient_fault(const Module& net);
/// `: the backward of log "fc" (net.h:31) made the first such one`, of a tape that keeps its gradients.
std::string gradient_maker(const Tape& tape);
/// `the weight "conv1.weight" is not finite`; a buffer likewise, and the average of either.
std::string weight_fault(const Module& net);
std::string average_fault(const Ema& ema);

}  // namespace reel::apps

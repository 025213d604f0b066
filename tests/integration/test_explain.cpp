// Every number of a whole network's step has its reasons.
#include <doctest/doctest.h>
#include <reel/reel.h>

#include "explain_support.h"
#include "lenet_step.h"

using namespace reel;
using inspect::Event;

TEST_CASE("A thousand numbers of LeNet's gradients on one digit are the sums of their terms") {
  const reel_test::LeNetStep step;
  const inspect::Trace trace(step.tape, step.loss);

  std::vector<std::size_t> gradients;
  for (std::size_t i = 0; i < trace.events().size(); i++) {
    if (trace.events()[i].kind == Event::Kind::kBackward) gradients.push_back(i);
  }
  REQUIRE(gradients.size() == 23);  // of 13 ops, five of which have weight and bias
  const RandomStream random(11, 0);
  for (std::uint64_t i = 0; i < 1000; i++) {
    const std::size_t event = gradients[i % gradients.size()];
    const auto count = static_cast<std::uint64_t>(trace.made(event).numel());
    reel_test::check_explained(trace, event, static_cast<Index>(random.below(i, count)));
  }
}

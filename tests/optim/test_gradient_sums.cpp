#include <doctest/doctest.h>
#include <reel/layers/linear.h>
#include <reel/optim/parallel/communicator.h>
#include <reel/optim/parallel/detail/gradient_sums.h>

using namespace reel;
using namespace reel::detail;

TEST_CASE("gradients of more messages than there are tags are an error") {
  Linear net{784, 200};  // the weight does not fit into the bias's message
  const auto make = [&](int first_tag) { GradientSums(net.parameters(), {1, 1}, alone(), first_tag); };
  make(32765);
  CHECK_THROWS_WITH_AS(
      make(32766),
      "DataParallel: the gradients of 2 parameters need more than 1 messages, the most; one takes "
      "131072 numbers, or one parameter that has more",
      Error);
}

#include "common/evaluation.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "optim/thread_processes.h"

using namespace reel;
using namespace reel::apps;
using reel_test::run_as_processes;

namespace {

struct OneLinear : Module {
  Linear& fc = add("fc", Linear{784, 10});
  Var forward(Var x) override { return fc(flatten(x)); }
};

// What a process evaluates.
struct Judge {
  Index images = 1100;  // three batches
  double bias = 0;
  std::size_t views = 1;

  Evaluation operator()(Communicator& processes) const {
    OneLinear net;
    net.fc.weight.value = Tensor::arange(7840).reshape({10, 784});
    net.fc.bias.value.fill(static_cast<Scalar>(bias));
    const GeneratedDigits digits{images, 1};
    return *evaluate(net, digits, std::vector<Transform>(views, Transform()), processes);
  }
};

}  // namespace

TEST_CASE("processes share an evaluation and get the bits of one alone") {
  const Evaluation expected = Judge()(alone());
  for (const int processes : {2, 4}) {  // of four, one has nothing to do
    run_as_processes(processes, [&](Communicator& process) {
      const Evaluation evaluation = Judge()(process);
      CHECK(evaluation.loss.value() == expected.loss.value());
      CHECK(std::ranges::equal(evaluation.probabilities.values(), expected.probabilities.values()));
    });
  }
}

TEST_CASE("an evaluation of other weights, images or views on one process is told") {
  const auto told = [](const Judge& other, const char* what) {
    CHECK_THROWS_WITH_AS(
        run_as_processes(2, [&](Communicator& process) { (process.rank() == 0 ? Judge() : other)(process); }),
        doctest::Contains(what), DisagreementError);
  };
  told({.bias = 1}, "the processes are not alike: the weights' hash is ");
  told({.images = 1101}, "the processes are not alike: the test set is 1100 images, ");
  told({.views = 2},
       "the processes are not alike: the work is an evaluation in 1 views on process 0 on host-a, an "
       "evaluation in 2 "
       "views on process 1 on host-b");
}

#include <reel/layers/eval_mode.h>

#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/sequential.h>

using namespace reel;

TEST_CASE("EvalMode puts every part back into the mode it was in, a frozen one too") {
  Sequential net{BatchNorm2d{2}, Dropout{0.5}, Sequential{BatchNorm2d{2}, Dropout{0.5}}};
  ModuleBase& frozen = *net.children()[0];
  frozen.eval();
  const auto modes = [&] {
    std::vector<bool> result{net.is_training()};
    for (const ModuleBase* part : net.children()) result.push_back(part->is_training());
    for (const ModuleBase* part : net.children()[2]->children()) result.push_back(part->is_training());
    return result;
  };
  const std::vector<bool> before = modes();
  CHECK(before == std::vector<bool>{true, false, true, true, true, true});
  {
    const EvalMode eval(net);
    CHECK(modes() == std::vector<bool>(6, false));
  }
  CHECK(modes() == before);
  const auto failing = [&] {
    const EvalMode eval(net);
    throw Error("no data");
  };
  CHECK_THROWS_AS(failing(), Error);
  CHECK(modes() == before);
}

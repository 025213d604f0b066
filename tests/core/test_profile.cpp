#include <algorithm>

#include <doctest/doctest.h>
#include <reel/core/ops/ops.h>
#include <reel/core/profile.h>
#include <reel/layers/linear.h>
#include <reel/layers/module.h>

#include "close.h"
#include "gradcheck_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

struct ProfiledNet : Module {
  Linear& fc = add("fc", Linear{6, 4});
  Var forward(Var x) override { return tanh(fc(x)); }
};

}  // namespace

TEST_CASE("A profile has an entry for each op of each layer, forward and backward") {
  ProfiledNet net;
  Profile profile;
  for (int step = 0; step < 3; step++) {
    Tape tape{{.profile = &profile}};
    tape.backward(sum(net(tape.input(uniform({5, 6})))));
  }
  const auto& entries = profile.entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].scope == "fc");
  CHECK(entries[0].op == "linear");
  CHECK(entries[1].op == "tanh");
  CHECK(entries[2].op == "sum");
  for (const ProfileEntry& entry : entries) {
    CHECK(entry.calls == 3);
  }
  const auto numbers = [](std::int64_t n) { return 3 * n * static_cast<std::int64_t>(sizeof(Scalar)); };
  CHECK(entries[0].forward_bytes == numbers(5 * 6 + 4 * 6 + 4 + 5 * 4));
  CHECK(entries[0].backward_bytes == numbers(5 * 4 + 4 * 6 + 4));  // the input wants no gradient
  CHECK(entries[1].backward_bytes == numbers(2 * 5 * 4));
  CHECK_CLOSE(profile.seconds(), entries[0].seconds() + entries[1].seconds() + entries[2].seconds(),
              reel_test::kExact);
}

TEST_CASE("A profile as a table") {
  Profile profile;
  profile.add("block1.conv1", "conv2d", Pass::kForward, 0.002, 1'500'000);
  profile.add("block1.conv1", "conv2d", Pass::kBackward, 0.004, 3'000'000);
  profile.add("", "optimizer", Pass::kForward, 0.002);
  CHECK(profile.text() ==
        "layer         op         calls          forward         backward  share\n"
        "                                     ms      MB       ms      MB\n"
        "block1.conv1  conv2d         1    2.000    1.50    4.000    3.00  75.0%\n"
        "              optimizer      1    2.000    0.00    0.000    0.00  25.0%\n"
        "0.01 s in all\n");
}

TEST_CASE(
    "An op that waited has its time with those that joined it; one tape without a profile adds nothing") {
  Profile profile;
  {
    Tape tape{{.profile = &profile}};
    const Var x = tape.input(uniform({1, 1, 6, 6})), w = tape.variable(uniform({1, 1, 3, 3}));
    relu(conv2d(x, w));
  }
  REQUIRE(profile.entries().size() == 1);
  CHECK(profile.entries()[0].op == "conv2d");
  Tape tape;
  exp(tape.input(uniform({1})));
  CHECK(profile.entries().size() == 1);
}

TEST_CASE("A profile counts the step, not who looks at it: nodes() computes what was passed over") {
  Profile profile;
  Tape tape{{.profile = &profile}};
  const Var x = tape.input(uniform({1, 1, 6, 6})), w = tape.variable(uniform({1, 1, 3, 3}));
  const auto calls = [&](const std::string& op) {
    const auto entry = std::ranges::find(profile.entries(), op, &ProfileEntry::op);
    return entry == profile.entries().end() ? 0 : entry->calls;
  };
  SUBCASE("after backward") {
    tape.backward(sum(relu(conv2d(x, w))));
    REQUIRE(tape.nodes()[2].value.defined());  // the convolution's, which relu passed over
    CHECK(calls("conv2d") == 1);
    CHECK(calls("sum") == 1);
  }
  SUBCASE("while an op waits, which the step needs anyway") {
    const Var y = conv2d(x, w);
    tape.nodes();
    CHECK(calls("conv2d") == 1);
    tape.backward(sum(exp(y)));
    tape.nodes();
    CHECK(calls("conv2d") == 1);
    CHECK(calls("exp") == 1);
  }
}

TEST_CASE(
    "The statistics of a batch, which batch norm needs at once, are a part of its forward in a profile") {
  Profile profile;
  Tape tape{{.profile = &profile}};
  const Var x = tape.input(uniform({2, 3, 4, 4}));
  const auto first = [&] { return profile.entries().empty() ? ProfileEntry() : profile.entries()[0]; };
  const Var y = batch_norm2d(x, {}, {});  // and now it waits
  CHECK(first().op == "batch_norm2d");
  CHECK(first().calls == 0);
  y.value();
  CHECK(profile.entries().size() == 1);
  CHECK(first().calls == 1);
}

TEST_CASE("Control characters of scopes and ops are written out in a profile") {
  Profile profile;
  profile.add("conv\x1b[2J", "mine\x9b", Pass::kForward, 1, 1);
  const std::string text = profile.text();
  CHECK(text.find("conv\\x1b[2J") != std::string::npos);
  CHECK(text.find("mine\\x9b") != std::string::npos);
}

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include <reel/core/option_check.h>

#include "compare_support.h"

using namespace reel;

namespace {

constexpr double kOptionInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("A check of an option says what and where, which option, what it is and what it must be") {
  const OptionCheck check("Adam", Location());
  const std::string message = reel_test::error_of<Error>([&] { check.non_negative("lr", kOptionInfinity); });
  CHECK(message.starts_with("Adam (test_option_check.cpp:"));
  CHECK(message.ends_with("): lr is inf, it must be a finite number of 0 or more"));
  const Scope scope("net", Location(), Scope::Lines::kOwnLine);
  CHECK(check.label().starts_with("Adam \"net\" (test_option_check.cpp:"));
}

TEST_CASE("Each check takes what it says and nothing else, NaN never") {
  const OptionCheck check("f", Location());
  const auto refused = [](auto&& f) { return reel_test::error_of<Error>(f) != "no error"; };
  for (const double wrong : {kNaN, kOptionInfinity, -kOptionInfinity}) {
    CHECK(refused([&] { check.finite("x", wrong); }));
    CHECK(refused([&] { check.non_negative("x", wrong); }));
    CHECK(refused([&] { check.positive("x", wrong); }));
    CHECK(refused([&] { check.within("x", wrong, 0, 1); }));
    CHECK(refused([&] { check.below("x", wrong, 0, 1); }));
    CHECK(refused([&] { check.bounds(wrong, 1); }));
    CHECK(refused([&] { check.bounds(0, wrong); }));
  }
  CHECK(refused([&] { check.non_negative("x", -1e-300); }));
  CHECK(refused([&] { check.positive("x", 0); }));
  CHECK(refused([&] { check.below("x", 1, 0, 1); }));
  CHECK(refused([&] { check.within("x", 1.5, 0, 1); }));
  CHECK(refused([&] { check.ordered("low", 2, "high", 1); }));
  CHECK(refused([&] { check.ordered("low", kNaN, "high", 1); }));
  CHECK(refused([&] { check.bounds(2, 1); }));
  CHECK(refused([&] { check.count("n", 0, 1); }));
  CHECK(refused([&] { check.count("n", kMaxCount + 1, 1); }));
  CHECK(refused([&] { check.count("n", 9, 1, 8); }));
  check.finite("x", -1);
  check.non_negative("x", 0);
  check.positive("x", 1e-300);
  check.within("x", 1, 0, 1);
  check.below("x", 0, 0, 1);
  check.ordered("low", -kOptionInfinity, "high", kOptionInfinity);
  check.bounds(1, 1);
  check.count("n", kMaxCount, 1);
}

TEST_CASE("Bounds of uniform numbers are not further apart than the largest number") {
  constexpr double kLargest = std::numeric_limits<Scalar>::max();
  const OptionCheck check("f", Location());
  CHECK(reel_test::error_of<Error>([&] { check.bounds(-kLargest, kLargest); }).find("distance") !=
        std::string::npos);
  check.bounds(0, kLargest);
}

TEST_CASE("What has counted to 2^53 counts no further, so that what it saves can be read") {
  const OptionCheck check("Adam", Location({}, "train.cpp", 12));
  check.counts_on("steps", kMaxCount - 1);
  check.counts_on("images", kMaxCount - 4, 4);
  CHECK_THROWS_AS(check.counts_on("images", kMaxCount - 4, 5), Error);
  CHECK(reel_test::error_of<Error>([&] { check.counts_on("steps", kMaxCount); }) ==
        "Adam (train.cpp:12): steps is 9007199254740992, 9007199254740992 at most are counted");
}

TEST_CASE("A count from a file is 0 to 2^53") {
  check_read_count("a state", "steps", 0);
  check_read_count("a state", "steps", kMaxCount);
  for (const std::int64_t wrong : {std::int64_t{-1}, kMaxCount + 1, std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min()}) {
    CHECK(reel_test::error_of<FormatError>([&] { check_read_count("a state", "steps", wrong); }) ==
          fmt::format("a state has steps {}, 0 to 9007199254740992 is expected", wrong));
  }
}

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/layers/upsample.h>

using namespace reel;

TEST_CASE("Upsample makes larger as the op does") {
  Tape tape;
  const Var x = tape.input(Tensor::from({1, 1, 1, 2}, {0, 12}));
  CHECK((Upsample{{2, 3}})(x).shape() == Shape{1, 1, 2, 6});
  CHECK((Upsample{2})(x).value().at(0, 0, 1, 1) == 0);
  CHECK((Upsample{2, {.mode = Interpolation::kBilinear}})(x).value().at(0, 0, 1, 1) == 3);
}

TEST_CASE("Upsample refuses arguments that make no sense") {
  const auto message = [](const char* words) { return doctest::Contains(words); };
  CHECK_THROWS_WITH_AS((Upsample{0}), message("Upsample (test_upsample.cpp:"), Error);
  CHECK_THROWS_WITH_AS((Upsample{{2, -1}}), message("factor is 2x-1"), Error);
  CHECK_THROWS_WITH_AS((Upsample{2, {.align_corners = true}}), message("kBilinear"), Error);
}

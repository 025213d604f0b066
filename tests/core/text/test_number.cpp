#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/text/detail/number.h>

#include <doctest/doctest.h>

#include <cmath>

#include "conv_lesson.h"

using namespace reel;
using namespace reel::inspect;

TEST_CASE("Numbers are written with six digits and without a -0") {
  CHECK(number_text(-1.5) == "-1.5");
  CHECK(number_text(2.0 / 3) == "0.666667");
  CHECK(number_text(-0.0) == "0");
  CHECK(number_text(-std::nan("")) == "nan");
  CHECK(number_text(-INFINITY) == "-inf");
  CHECK(summand_text(-80) == " - 80");
  CHECK(summand_text(37) == " + 37");
}

TEST_CASE("Large counts have their digits in groups") {
  CHECK(grouped_text(0) == "0");
  CHECK(grouped_text(999) == "999");
  CHECK(grouped_text(61706) == "61,706");
  CHECK(grouped_text(-1234567) == "-1,234,567");
  CHECK(grouped_text(-999) == "-999");
}

TEST_CASE("A number is called by its tensor and its index, a factor of an explanation too") {
  const reel_test::ConvLesson lesson;
  const Trace trace(lesson.tape, lesson.loss);
  const std::size_t z = trace.find("z");
  CHECK(element_name(trace.nodes()[z], 5) == "z[0,1,0,1]");
  CHECK(text_of(trace, ElementRef{{z, true}, 5}) == "dz[0,1,0,1]");
  CHECK(element_name(trace.nodes()[trace.loss()], 0) == "loss");
  CHECK(factor_name(trace, z, {.of = Factor::Of::kInput, .input = 1, .index = 5}) == "w[0,1,0,1]");
  CHECK(factor_name(trace, z, {.of = Factor::Of::kOutput, .index = 5}) == "z[0,1,0,1]");
  CHECK(factor_name(trace, z, {.of = Factor::Of::kOutputGradient, .index = 5}) == "dz[0,1,0,1]");
  CHECK(factor_name(trace, z, {.value = 0.25}) == "0.25");
}

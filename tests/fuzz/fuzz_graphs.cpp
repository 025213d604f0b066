// Draws graphs of ops with random shapes and options and runs each four times: the errors are the same in
// float and in double, the numbers agree; fused or one op after another, on one thread or three, the bits are
// the same.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "graph.h"

using reel_fuzz::GraphResult;
using reel_fuzz::Way;

namespace {

using Tensors = std::vector<std::vector<double>>;

constexpr double kValueTolerance = 1e-3, kGradientTolerance = 1e-2;  // of the largest, after ten ops in float
constexpr double kTooLarge = 1e5;  // where float has no digits left to compare

void fail(const char* what, std::size_t tensor) {
  std::fprintf(stderr, "%s differ, tensor %zu\n", what, tensor);
  std::abort();
}

void check_bits(const Tensors& a, const Tensors& b, const char* what) {
  for (std::size_t i = 0; i < a.size(); i++) {
    const bool same = std::ranges::equal(a[i], b[i], [](double x, double y) {
      return std::memcmp(&x, &y, sizeof x) == 0 || (std::isnan(x) && std::isnan(y));
    });
    if (!same) fail(what, i);
  }
}

void check_same(const GraphResult& a, const GraphResult& b, const char* what) {
  if (a.outcomes != b.outcomes || a.values.size() != b.values.size()) fail(what, 0);
  check_bits(a.values, b.values, what);
  check_bits(a.gradients, b.gradients, what);
}

void check_close(const Tensors& found, const Tensors& expected, double tolerance, const char* what) {
  for (std::size_t i = 0; i < expected.size(); i++) {
    if (found[i].size() != expected[i].size()) fail(what, i);
    double largest = 1, difference = 0;
    for (std::size_t k = 0; k < expected[i].size(); k++) {
      largest = std::max(largest, std::abs(expected[i][k]));
      difference = std::max(difference, std::abs(found[i][k] - expected[i][k]));
    }
    if (largest <= kTooLarge && !(difference <= tolerance * largest)) fail(what, i);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span input(bytes, size);
  const GraphResult single = reel_fuzz::f32::run_graph(input, Way::kPlain);
  check_same(single, reel_fuzz::f32::run_graph(input, Way::kUnfused), "fused and unfused");
  check_same(single, reel_fuzz::f32::run_graph(input, Way::kThreeThreads), "one thread and three");
  const GraphResult exact = reel_fuzz::f64::run_graph(input, Way::kPlain);
  if (single.outcomes != exact.outcomes) fail("errors in float and double", 0);
  if (!single.comparable) return 0;
  check_close(single.values, exact.values, kValueTolerance, "values in float and double");
  if (!single.gradients_comparable) return 0;
  check_close(single.gradients, exact.gradients, kGradientTolerance, "gradients in float and double");
  return 0;
}

// A training step for which there is not enough memory.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/memory.h>
#include <reel/reel.h>

#include "gradcheck_support.h"

using namespace reel;

namespace {

struct OutOfMemoryNet : Module {
  Conv2d& conv = add("conv", Conv2d{1, 3, 3, {.padding = 1}});
  BatchNorm2d& norm = add("norm", BatchNorm2d{3});
  Conv2d& wide = add("wide", Conv2d{3, 4, 3});
  Linear& fc = add("fc", Linear{36, 10});
  Var forward(Var x) override { return fc(flatten(max_pool2d(relu(wide(relu(norm(conv(x))))), 2))); }
};

// Copies of the parameters, their gradients (undefined where there is none) and the optimiser's tensors.
std::vector<Tensor> snapshot(OutOfMemoryNet& net, const Optimizer& optimizer) {
  std::vector<Tensor> all;
  const auto add = [&](const Tensor& tensor) { all.push_back(tensor.defined() ? tensor.clone() : Tensor()); };
  for (const Parameter* parameter : net.parameters()) add(parameter->value), add(parameter->grad);
  for (const auto& [name, tensor] : optimizer.state().tensors) add(tensor);
  return all;
}

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Tensor& x, const Tensor& y) {
    if (!x.defined() || !y.defined()) return x.defined() == y.defined();
    return x.shape() == y.shape() &&
           std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.numel()) * sizeof(Scalar)) == 0;
  });
}

// Makes the first, the second, ... allocation of f fail until f succeeds, and calls after_failure() each time.
template <class F, class G>
Index count_failures(F&& f, G&& after_failure) {
  for (Index calls = 0;; calls++) {
    reel::detail::fail_allocation_after(calls);
    try {
      f();
      reel::detail::fail_allocation_after(-1);
      return calls;
    } catch (const Error& error) {
      reel::detail::fail_allocation_after(-1);
      CHECK(std::string_view(error.what()).find("out of memory") != std::string_view::npos);
      after_failure();
    }
  }
}

void forward_and_backward(OutOfMemoryNet& net) {
  static constexpr std::array kLabels{1, 7, 3, 9};
  Tape tape;
  tape.backward(cross_entropy(net(tape.input(reel_test::uniform({4, 1, 8, 8}, -1, 1, 6))), kLabels));
}

template <class Optimizer, class Options>
void check(const Options& options) {
  seed(5);
  OutOfMemoryNet net, undisturbed;
  for (std::size_t i = 0; i < net.parameters().size(); i++) {
    undisturbed.parameters()[i]->value = net.parameters()[i]->value.clone();
  }
  Optimizer optimizer(net.parameters(), options), other(undisturbed.parameters(), options);
  for (int step = 0; step < 2; step++) {
    std::vector<Tensor> before = snapshot(net, optimizer);
    const auto unchanged = [&] { CHECK(same_bits(before, snapshot(net, optimizer))); };
    CHECK(count_failures([&] { forward_and_backward(net); }, unchanged) > 20);
    before = snapshot(net, optimizer);
    const Index failures = count_failures([&] { optimizer.step(); }, unchanged);
    CHECK((failures > 0) == (step == 0));  // the first step makes its state
    CHECK(optimizer.state().integers.at("steps") == step + 1);
    forward_and_backward(undisturbed);
    other.step();
    CHECK(same_bits(snapshot(net, optimizer), snapshot(undisturbed, other)));
    optimizer.zero_grad();
    other.zero_grad();
  }
}

}  // namespace

TEST_CASE("Where any allocation of a step fails, parameters, gradients and optimiser are as before") {
  check<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9});
  check<Adam>(AdamOptions{});
}

// Nodes that wait for the next op: what runs together, and that nobody can tell by the bits.
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/profile.h>
#include <reel/core/tape.h>

#include "compare_support.h"
#include "gradcheck_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

Tensor three_signed() { return Tensor::from({3}, {-1, 2, 3}); }

// y = 2 x, which waits and writes down how it was run.
class WaitingOp : public Op {
 public:
  explicit WaitingOp(std::string& log, int failures = 0)
      : Op({.takes_steps = true}), log_(log), failures_(failures) {}
  std::string_view name() const override { return "doubled"; }
  Tensor forward(std::span<const Tensor> inputs) override {
    log_ += "alone ";
    return fused(inputs, {});
  }
  Tensor fused_forward(std::span<const Tensor> inputs, const Prologue&, const Epilogue& epilogue) override {
    log_ += epilogue.addend.defined() ? epilogue.relu ? "add+relu " : "add " : "relu ";
    return fused(inputs, epilogue);
  }
  void backward(BackwardPass& pass) override {
    log_ += pass.dy_before_relu() ? "unmasked " : "masked ";
    Tensor dx = pass.dy().clone();
    for (Scalar& value : dx.mutable_values()) value *= 2;
    pass.add(0, dx);
  }

 private:
  Tensor fused(std::span<const Tensor> inputs, const Epilogue& epilogue) {
    if (failures_-- > 0) throw Error("no memory");
    Tensor y = inputs[0].clone();
    for (Index i = 0; i < y.numel(); i++) {
      Scalar& value = y.mutable_data()[i];
      value *= 2;
      if (epilogue.addend.defined()) value += epilogue.addend.data()[i];
      if (epilogue.relu) value = std::max<Scalar>(value, 0);
    }
    return y;
  }

  std::string& log_;
  int failures_;
};

Var doubled(Var x, std::string& log, int failures = 0) {
  return x.tape().apply(std::make_unique<WaitingOp>(log, failures), x.shape(), {x});
}

// How a program looks at its intermediate values.
enum class Peek { kAtOnce, kAfterForward, kAfterBackward };

// The values a chain computes and the gradients it gives, in the order of its calls.
class Run {
 public:
  Run(TapeOptions options, Peek peek) : tape(options), peek_(peek) {}

  Var leaf(const Shape& shape, Scalar low = -1, Scalar high = 1) {
    leaves_.push_back(tape.variable(uniform(shape, low, high, leaves_.size() + 1)));
    return leaves_.back();
  }
  Var see(Var x) {
    if (peek_ == Peek::kAtOnce) x.value();
    seen_.push_back(x);
    return x;
  }
  std::vector<Tensor> results(Var y) {
    std::vector<Tensor> all;
    const auto add_seen = [&] {
      for (const Var& x : seen_) all.push_back(x.value());
    };
    if (peek_ == Peek::kAfterForward) add_seen();
    if (tape.options().record) {
      tape.backward(y, uniform(y.shape(), -1, 1, 99));
      for (const Var& x : leaves_) all.push_back(x.grad());
    }
    if (peek_ == Peek::kAfterForward) std::rotate(all.begin(), all.begin() + std::ssize(seen_), all.end());
    if (peek_ != Peek::kAfterForward) add_seen();
    all.push_back(y.value());
    return all;
  }

  Tape tape;

 private:
  Peek peek_;
  std::vector<Var> leaves_, seen_;
};

using Chain = std::function<Var(Run&)>;

void check_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); i++) {
    CAPTURE(i);
    CHECK(a[i].shape() == b[i].shape());
    CHECK(std::memcmp(a[i].data(), b[i].data(), a[i].values().size_bytes()) == 0);
  }
}

// A tape that keeps all gradients runs op after op; the others must have the same bits.
void check_chain(const Chain& chain) {
  Run plain({.keep_grads = true}, Peek::kAtOnce);
  const std::vector<Tensor> expected = plain.results(chain(plain));
  for (const Peek peek : {Peek::kAtOnce, Peek::kAfterForward, Peek::kAfterBackward}) {
    CAPTURE(static_cast<int>(peek));
    for (const int threads : {1, 3}) {
      const int before = num_threads();
      set_num_threads(threads);
      Run run({}, peek);
      const Var y = chain(run);
      check_equal(run.results(y), expected);
      set_num_threads(before);
    }
    Run inference({.record = false}, peek);
    const Var y = chain(inference);
    const std::vector<Tensor> values = inference.results(y);
    check_equal(values, {expected.end() - std::ssize(values), expected.end()});
  }
}

Var conv(Run& run, Var x, Index out, Conv2dOptions options = {.padding = 1}) {
  const Index in = x.size(1) / options.groups;
  return run.see(conv2d(x, run.leaf({out, in, 3, 3}), run.leaf({out}), options));
}

Var norm(Run& run, Var x) {
  const Index channels = x.size(1);
  return run.see(batch_norm2d(x, run.leaf({channels}, 0.5, 2), run.leaf({channels})));
}

Var norm_eval(Run& run, Var x) {
  const Index channels = x.size(1);
  return run.see(batch_norm2d(x, run.leaf({channels}, 0.5, 2), run.leaf({channels}),
                              {.running_mean = uniform({channels}, -1, 1, 50),
                               .running_var = uniform({channels}, 0.5, 2, 51),
                               .training = false}));
}

}  // namespace

TEST_CASE("Fused chains have the bits of their ops one after another") {
  const Shape images{3, 4, 9, 11};
  SUBCASE("conv, batch norm, relu, max pooling") {
    check_chain(
        [&](Run& run) { return max_pool2d(run.see(relu(norm(run, conv(run, run.leaf(images), 5)))), 2); });
  }
  SUBCASE("conv, relu, max pooling with windows that overlap") {
    check_chain([&](Run& run) {
      return max_pool2d(run.see(relu(conv(run, run.leaf(images), 5))), 3, {.stride = 2, .padding = 1});
    });
  }
  SUBCASE("conv with groups and stride, with an addend") {
    check_chain([&](Run& run) {
      const Var y = conv(run, run.leaf(images), 6, {.stride = 5, .groups = 2});
      return relu(run.see(run.leaf(y.shape()) + y));
    });
  }
  SUBCASE("conv by Winograd's tiles, with an addend") {
    check_chain([&](Run& run) {
      const Var y = conv(run, run.see(relu(conv(run, run.leaf({2, 17, 7, 9}), 19))), 17);
      return relu(run.see(run.leaf(y.shape()) + y));
    });
  }
  SUBCASE("the blocks of a residual network") {
    check_chain([&](Run& run) {
      const Var x = run.see(relu(norm(run, run.leaf(images))));
      const Var y = run.see(relu(norm(run, conv(run, x, 4))));
      const Var z = run.see(relu(run.see(norm(run, conv(run, y, 4)) + x)));
      return run.see(relu(run.see(norm(run, conv(run, z, 4)) + norm(run, conv(run, z, 4)))));
    });
  }
  SUBCASE("batch norm without training, without a shift, of [N,C]") {
    check_chain([&](Run& run) {
      const Var x = run.see(relu(norm_eval(run, run.leaf(images))));
      const Var rows = run.see(relu(batch_norm2d(reshape(x, {99, 12}), run.leaf({12}), {})));
      return run.see(relu(batch_norm2d(rows, {}, {})));
    });
  }
  SUBCASE("conv1x1 and linear") {
    check_chain([&](Run& run) {
      const Var y = run.see(conv1x1(run.leaf(images), run.leaf({5, 4, 1, 1}), run.leaf({5})));
      const Var rows = reshape(run.see(relu(run.see(y + run.leaf(y.shape())))), {3, 495});
      return relu(run.see(linear(rows, run.leaf({7, 495}), run.leaf({7}))));
    });
  }
  SUBCASE("sums") {
    check_chain([&](Run& run) {
      const Var a = run.leaf({40, 900}), b = run.leaf({40, 900});
      const Var c = run.see(relu(run.see(a + b)));
      const Var d = run.see(relu(run.see(run.see(b + c) + a)));
      return relu(run.see(d + d)) + run.see(relu(run.see(a + run.leaf({900}))));
    });
  }
  SUBCASE("an intermediate value with other readers, before and after") {
    check_chain([&](Run& run) {
      const Var y = norm(run, run.leaf(images));
      const Var r = run.see(relu(y));
      const Var z = norm(run, r);
      const Var product = run.see(z * r);
      const Var s = run.see(relu(z));
      return r * y + s + product + r.detach() * s;
    });
  }
  SUBCASE("a relu with several readers, some of which mask") {
    check_chain([&](Run& run) {
      const Var r = run.see(relu(norm(run, run.leaf(images))));
      const Var sums = run.see(r + r);
      return max_pool2d(r, 2) + max_pool2d(sums, 2) + max_pool2d(r, 2);
    });
  }
  SUBCASE("convolutions that read through a batch norm's map, with a relu and without, one or several") {
    check_chain([&](Run& run) {
      const Var r = run.see(relu(norm(run, exp(run.leaf({2, 17, 7, 9})))));
      const Var winograd = conv(run, r, 18), pixels = conv(run, r, 3, {.stride = 2});
      const Var depthwise = conv(run, norm(run, winograd), 18, {.padding = 1, .groups = 18});
      return run.see(conv1x1(relu(norm(run, depthwise)), run.leaf({5, 18}))) +
             conv1x1(norm_eval(run, winograd), run.leaf({5, 18})) + sum(pixels);
    });
    check_chain([&](Run& run) {  // images in lanes; one that others read as well, and as a weight
      const Var r = run.see(relu(norm(run, exp(run.leaf({20, 4, 5, 6})))));
      const Var y = conv(run, r, 4);
      const Var weight = run.see(relu(norm(run, exp(run.leaf({2, 4, 3, 3})))));
      return conv2d(relu(norm(run, y)) + r, weight) +
             sum(conv2d(weight, run.leaf({2, 4, 3, 3}))) * mean(max_pool2d(r, 3));
    });
  }
  SUBCASE("batch norm and relu of planes that are no whole vectors") {
    for (const Shape& shape : {Shape{3, 4, 3, 1}, Shape{3, 4, 5, 6}, Shape{5, 2, 1, 1}}) {
      for (int channels = 0; channels < 8; channels++) {
        check_chain([&](Run& run) {
          for (int i = 0; i < channels; i++) run.leaf({1});  // other random numbers
          return run.see(relu(norm(run, run.leaf(shape))));
        });
      }
    }
  }
  SUBCASE("NaN, infinity and negative zeros") {
    check_chain([&](Run& run) {
      using Limits = std::numeric_limits<Scalar>;
      const Var x =
          run.tape.variable(Tensor::from({4}, {-Limits::infinity(), Limits::quiet_NaN(), Scalar(-0.0), 1}));
      const Var zeros = run.tape.variable(Tensor::full({4}, Scalar(-0.0)));
      return run.see(relu(run.see(run.see(x + zeros) + run.leaf({4})))) * relu(x + zeros);
    });
  }
}

TEST_CASE(
    "Without recording, batch norm in eval mode runs with the convolution before it, with the same bits") {
  struct Kind {
    Shape x, weight;
    Conv2dOptions options;
  };
  // One for each algorithm: Winograd, few terms, 1x1, images in lanes, depthwise, pixels in lanes.
  for (const Kind& kind :
       {Kind{{2, 17, 9, 7}, {18, 17, 3, 3}, {.padding = 1}},
        Kind{{2, 3, 9, 16}, {5, 3, 3, 3}, {.padding = 1}}, Kind{{2, 5, 9, 7}, {6, 5, 1, 1}, {}},
        Kind{{19, 4, 6, 7}, {8, 1, 3, 3}, {.stride = 2, .groups = 4}},
        Kind{{3, 4, 6, 37}, {4, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 4}},
        Kind{{1, 3, 16, 16}, {4, 3, 3, 3}, {.stride = 5}}}) {
    CAPTURE(kind.x.text());
    const Index channels = kind.weight[0];
    const Tensor x = uniform(kind.x, -1, 1, 1), weight = uniform(kind.weight, -1, 1, 2),
                 bias = uniform({channels}, -1, 1, 3), mean = uniform({channels}, -1, 1, 4),
                 variance = uniform({channels}, 1, 2, 5), gamma = uniform({channels}, -1, 1, 6),
                 beta = uniform({channels}, -1, 1, 7);
    const auto run = [&](TapeOptions options, bool residual) {
      Tape tape(options);
      const Var z = conv2d(tape.input(x), tape.input(weight), tape.input(bias), kind.options);
      Var y = batch_norm2d(z, tape.input(gamma), tape.input(beta),
                           {.running_mean = mean, .running_var = variance, .training = false});
      if (residual) y = relu(y + tape.input(uniform(y.shape(), -1, 1, 8)));
      const Tensor result = y.value();
      CHECK(z.value().shape() == result.shape());  // what was passed over can still be asked for
      return result;
    };
    for (const bool residual : {false, true}) {
      const Tensor fused = run({.record = false}, residual), plain = run({.keep_grads = true}, residual);
      CHECK(std::memcmp(fused.data(), plain.data(),
                        static_cast<std::size_t>(plain.numel()) * sizeof(Scalar)) == 0);
    }
  }
}

TEST_CASE("Without recording, values from the middle of what waits can be asked for first, in any order") {
  const Tensor x = uniform({2, 3, 5, 6}, -1, 1, 1), weight = uniform({3, 3, 3, 3}, -1, 1, 2),
               mean = uniform({3}, -1, 1, 3), variance = uniform({3}, 1, 2, 4);
  enum Kind { kAdd, kNorm, kNormAdd, kNormAddBase };
  const auto record = [&](Tape& tape, Kind kind) {
    const Var images = tape.input(x);
    std::vector<Var> chain{conv2d(images, tape.input(weight), {}, {.padding = 1})};
    if (kind != kAdd) {
      chain.push_back(
          batch_norm2d(chain[0], {}, {}, {.running_mean = mean, .running_var = variance, .training = false}));
    }
    if (kind != kNorm) chain.push_back(chain.back() + (kind == kNormAddBase ? chain[0] : images));
    return chain;
  };
  for (const Kind kind : {kAdd, kNorm, kNormAdd, kNormAddBase}) {
    CAPTURE(static_cast<int>(kind));
    Tape plain({.keep_grads = true});
    const std::vector<Var> expected = record(plain, kind);
    std::vector<std::size_t> order(expected.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      Tape tape({.record = false});
      const std::vector<Var> chain = record(tape, kind);
      for (const std::size_t i : order) check_equal({chain[i].value()}, {expected[i].value()});
      check_equal({relu(chain.back()).value()}, {relu(expected.back()).value()});
    } while (std::next_permutation(order.begin(), order.end()));
    Tape tape({.record = false});
    const Var last = record(tape, kind).back();
    const std::vector<NodeInfo> nodes = tape.nodes();
    check_equal({nodes.back().value, relu(last).value()},
                {expected.back().value(), relu(expected.back()).value()});
  }
}

TEST_CASE("An op that waits runs once, together with the add and the relu that follow") {
  const auto log_of = [](auto&& program, TapeOptions options = {}) {
    std::string log;
    Tape tape{options};
    program(tape, tape.variable(three_signed()), log);
    return log;
  };
  using Log = std::string&;
  CHECK(log_of([](Tape&, Var x, Log log) { doubled(x, log); }) == "");
  CHECK(log_of([](Tape&, Var x, Log log) { doubled(x, log).value(); }) == "alone ");
  CHECK(log_of([](Tape&, Var x, Log log) { doubled(x, log).shape(); }) == "");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(doubled(x, log)); }) == "relu ");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(dropout(doubled(x, log), 0.5, false)); }) == "relu ");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(doubled(x, log)); }, {.record = false}) == "relu ");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(doubled(x, log)); }, {.keep_grads = true}) == "alone ");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(doubled(x, log) + x); }) == "add+relu ");
  CHECK(log_of([](Tape&, Var x, Log log) { relu(x + doubled(x, log)); }) == "add+relu ");
  CHECK(log_of([](Tape&, Var x, Log log) { (x + doubled(x, log)).value(); }) == "add ");
  CHECK(log_of([](Tape&, Var x, Log log) { exp(x + doubled(x, log)); }) == "add ");
  CHECK(log_of([](Tape& tape, Var x, Log log) { tape.backward(sum(relu(doubled(x, log)))); }) ==
        "relu unmasked ");
  CHECK(log_of([](Tape& tape, Var x, Log log) { tape.backward(sum(relu(doubled(x, log) + x))); }) ==
        "add+relu masked ");
  CHECK(log_of([](Tape& tape, Var x, Log log) {
          const Var y = doubled(x, log);
          relu(y + tape.input(three_signed()));
        }) == "add+relu ");
  SUBCASE("what has another reader first, or no equal shape, is computed at once") {
    CHECK(log_of([](Tape&, Var x, Log log) {
            const Var y = doubled(x, log);
            exp(x);
            relu(y);
          }) == "alone ");
    CHECK(log_of([](Tape&, Var x, Log log) {
            const Var y = doubled(x, log);
            y + y;
          }) == "alone ");
    CHECK(log_of([](Tape& tape, Var x, Log log) { doubled(x, log) + tape.input(Tensor::ones({1})); }) ==
          "alone ");
    CHECK(log_of([](Tape&, Var x, Log log) { doubled(x, log) + 1; }) == "alone ");
  }
  SUBCASE("what was passed over is computed again for who asks") {
    CHECK(log_of([](Tape&, Var x, Log log) {
            const Var y = doubled(x, log), z = relu(y);
            CHECK(y.value().text() == "tensor([-2.,  4.,  6.])");
            CHECK(z.value().text() == "tensor([0., 4., 6.])");
            CHECK((y * z).value().text() == "tensor([-0., 16., 36.])");
          }) == "relu alone ");
  }
}

namespace {

// x -> identity by 1x1 -> batch norm (-> relu) -> 3x3: what the last convolution reads is not stored.
struct ReadThroughMap {
  Tensor images = uniform({2, 3, 4, 5}, -1, 1, 1);
  Parameter gamma{.name = "gamma", .value = Tensor::ones({3})};
  Parameter beta{.name = "beta", .value = Tensor::ones({3})};
  Parameter weight{.name = "weight", .value = uniform({3, 3, 3, 3}, -1, 1, 2)};
  Var x, y, z;

  void record(Tape& tape, bool affine = true, bool with_relu = true) {
    const Tensor identity = Tensor::from({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
    x = conv1x1(tape.input(images), tape.input(identity));
    y = affine ? batch_norm2d(x, tape.parameter(gamma), tape.parameter(beta)) : batch_norm2d(x, {}, {});
    if (with_relu) y = relu(y);
    z = conv2d(y, tape.parameter(weight), {}, {.padding = 1});
  }
};

}  // namespace

TEST_CASE(
    "What a convolution reads through a batch norm's map is stored only for who asks, whatever changed") {
  for (const bool with_relu : {false, true}) {
    ReadThroughMap net, other;
    Tape tape, plain({.keep_grads = true});
    net.record(tape, true, with_relu);
    tape.backward(sum(net.z));
    const Index before = tape.memory().activations;
    const auto bytes = net.images.numel() * static_cast<Index>(sizeof(Scalar));
    net.gamma.value.fill(7);
    net.beta.value.fill(7);
    CHECK(tape.nodes()[net.y.index()].value.defined());
    CHECK(tape.memory().activations == before + bytes);
    other.record(plain, true, with_relu);
    check_equal({net.y.value()}, {other.y.value()});
  }
}

TEST_CASE(
    "Several readers through one map store nothing; a profile counts the map, and what is computed for who "
    "asks") {
  ReadThroughMap net;
  Profile profile;
  Tape tape({.profile = &profile});
  net.record(tape);
  const Var w = tape.variable(uniform({3, 3, 3, 3}, -1, 1, 3));
  const Var loss = sum(net.z) + sum(conv2d(net.y, w, {}, {.padding = 1}));
  loss.value();
  const Index before = tape.memory().activations;
  tape.backward(loss);
  CHECK(tape.memory().activations == before);
  const auto entry = [&](std::string_view op) {
    return *std::ranges::find(profile.entries(), op, &ProfileEntry::op);
  };
  CHECK(entry("batch_norm2d").calls == 1);
  CHECK(entry("batch_norm2d").backward_calls == 1);
  net.y.value();
  CHECK(entry("relu").calls == 1);
}

TEST_CASE("What is read through a map must not change before it is read") {
  ReadThroughMap net;
  Tape tape;
  SUBCASE("by backward, for the weight alone") {
    net.record(tape, false);
    const Var loss = sum(net.z);
    loss.value();
    Tensor(net.x.value()).fill(0);
    CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("conv2d (test_fusion.cpp:"), Error);
    CHECK_THROWS_WITH_AS(tape.backward(loss), doctest::Contains("which was changed in place since"), Error);
    CHECK_THROWS_WITH_AS(net.y.value(), doctest::Contains("relu (test_fusion.cpp:"), Error);
    CHECK_FALSE(tape.nodes()[net.y.index()].value.defined());
  }
  SUBCASE("by forward") {
    net.record(tape);
    Tensor(net.x.value()).fill(0);
    CHECK_THROWS_WITH_AS(net.z.value(), doctest::Contains("was changed in place since"), Error);
  }
  SUBCASE("nor what was computed for who asked") {
    net.record(tape);
    Tensor(net.y.value()).fill(0);
    CHECK_THROWS_WITH_AS(net.z.value(), doctest::Contains("relu"), Error);
  }
}

TEST_CASE("What a program itself holds is not read through a map: it may be filled again before backward") {
  ReadThroughMap net;
  Tape tape;
  const Var y = relu(batch_norm2d(tape.input(net.images), {}, {}));
  const Var loss = sum(conv2d(y, tape.parameter(net.weight)));
  loss.value();
  net.images.fill(0);
  tape.backward(loss);
  CHECK(y.value().shape() == net.images.shape());
}

TEST_CASE("An empty batch is read through a map") {
  Tape tape;
  const Var x = conv1x1(tape.input(Tensor::zeros({0, 3, 4, 5})), tape.input(Tensor::ones({3, 3})));
  const Var y = relu(batch_norm2d(
      x, {}, {}, {.running_mean = Tensor::zeros({3}), .running_var = Tensor::ones({3}), .training = false}));
  CHECK(conv2d(y, tape.variable(Tensor::ones({2, 3, 3, 3}))).value().shape() == Shape{0, 2, 2, 3});
  CHECK(y.value().shape() == Shape{0, 3, 4, 5});
}

TEST_CASE("nodes() has the value of every node, before and after backward") {
  for (const bool after : {false, true}) {
    Run run({}, Peek::kAfterBackward), plain({.keep_grads = true}, Peek::kAfterBackward);
    const auto loss = [](Run& r) {
      const Var x = r.leaf({2, 3, 4, 4});
      return sum(relu(conv(r, relu(norm(r, x) + x), 2).named("named")));
    };
    const Var fused = loss(run), unfused = loss(plain);
    if (after) run.tape.backward(fused);
    const std::vector<NodeInfo> nodes = run.tape.nodes(), expected = plain.tape.nodes();
    REQUIRE(nodes.size() == expected.size());
    for (std::size_t i = 0; i < nodes.size(); i++) {
      CHECK(nodes[i].name == expected[i].name);
      CHECK(nodes[i].op == expected[i].op);
      CHECK(nodes[i].where.text() == expected[i].where.text());
      check_equal({nodes[i].value}, {expected[i].value});
    }
    if (!after) run.tape.backward(fused);
    plain.tape.backward(unfused);
  }
}

TEST_CASE("A value that is asked for after its input was changed in place is an error that names the op") {
  Tensor x = three_signed(), w = three_signed();
  Tape tape;
  const Var vx = tape.input(x);
  const Var y = vx + tape.input(w), z = relu(y), waiting = vx + z;
  x.fill(0);
  CHECK_THROWS_WITH_AS(y.value(), doctest::Contains("add (test_fusion.cpp:"), Error);
  CHECK_THROWS_WITH_AS(waiting.value(),
                       doctest::Contains("input [3], which it is computed from, was changed"), Error);
  CHECK_THROWS_AS(relu(waiting), Error);
  const Var last = vx + z;
  x.fill(1);
  CHECK(y.shape() == Shape{3});
  CHECK(z.value().text() == "tensor([0., 4., 6.])");
  const std::vector<NodeInfo> nodes = tape.nodes();
  CHECK_FALSE(nodes[y.index()].value.defined());
  CHECK(nodes[z.index()].value.defined());
  CHECK(nodes[last.index()].value.text() == "tensor([0., 4., 6.])");
}

TEST_CASE("A value asked for after an optimiser's step names the line that asks and the parameter") {
  Parameter weight{.name = "weight", .value = Tensor::ones({2, 2})};
  Tape tape;
  const auto fc = [&](Var x) {
    const Scope scope("fc", {}, Scope::Lines::kOwnLine);
    return linear(x, tape.parameter(weight));
  };
  const Var z = fc(tape.input(Tensor::ones({1, 2}))), y = relu(z);
  tape.backward(sum(y));
  weight.value.fill(2);
  CHECK(y.value().text() == "tensor([[2., 2.]])");
  const int line = __LINE__ + 1;
  const auto ask = [&] { return z.value(); };
  CHECK_THROWS_WITH_AS(ask(), doctest::Contains(fmt::format("value (test_fusion.cpp:{})", line).c_str()),
                       Error);
  CHECK_THROWS_WITH_AS(ask(), doctest::Contains("parameter \"fc.weight\" [2,2], which it is computed from"),
                       Error);
}

TEST_CASE("Whoever asks for a value after an optimiser's step is named, with the line, not only value()") {
  Parameter weight{.name = "weight", .value = Tensor::ones({2, 2})};
  const auto message_of = [&](auto&& ask) {
    Tape tape;
    const Var y = linear(tape.input(Tensor::ones({2, 2})), tape.parameter(weight));
    weight.value.fill(2);
    return reel_test::error_of<Error>([&] { ask(y); });
  };
  const int line = __LINE__ + 2;
  const std::vector<std::pair<std::string_view, std::string>> messages = {
      {"detach", message_of([](const Var& y) { y.detach(); })},
      {"batch_norm2d", message_of([](const Var& y) { batch_norm2d(y, {}, {}, {.training = true}); })},
      {"dropout", message_of([](const Var& y) { dropout(y, 0.5, true); })},
      {"reshape", message_of([](const Var& y) { reshape(y, {4}); })},
  };
  for (std::size_t i = 0; i < messages.size(); i++) {
    const std::string head =
        fmt::format("{} (test_fusion.cpp:{}): linear", messages[i].first, static_cast<std::size_t>(line) + i);
    CHECK_MESSAGE(messages[i].second.find(head) == 0, messages[i].second, " does not begin with ", head);
  }
}

TEST_CASE("What waits on an input that was changed in place harms nobody who does not ask for it") {
  Tensor x = three_signed(), w = three_signed();
  Tape tape;
  const Var v = tape.variable(three_signed());
  const Var waiting = tape.input(x) + tape.input(w);
  x.fill(0);
  CHECK(exp(tape.input(w)).shape() == Shape{3});
  const Var loss = sum(v);
  const Var aside = v + tape.input(w);
  w.fill(0);
  tape.backward(loss);
  CHECK(v.grad().text() == "tensor([1., 1., 1.])");
  CHECK_THROWS_WITH_AS(waiting.value(), doctest::Contains("changed in place"), Error);
  CHECK_THROWS_WITH_AS(aside.value(), doctest::Contains("changed in place"), Error);
}

TEST_CASE("An op on an input that has changed already reads it as it is now") {
  Tensor x = three_signed();
  Tape tape;
  const Var vx = tape.input(x);
  x.fill(2);
  const Var y = vx + tape.input(three_signed());
  x.fill(0);
  CHECK(relu(y).value().text() == "tensor([1., 4., 5.])");
}

TEST_CASE("Backward refuses a fused relu's output that changed in place since, and names the relu") {
  Tape tape;
  const Var x = tape.variable(three_signed());
  const Var y = relu(x + x);
  Tensor shared = y.value();
  shared.fill(0);
  const auto backward = [&] { tape.backward(sum(y)); };
  CHECK_THROWS_WITH_AS(backward(), doctest::Contains("relu (test_fusion.cpp:"), Error);
}

namespace {

// y = x, whose first backward fails.
class FlakyOp : public Op {
 public:
  std::string_view name() const override { return "flaky"; }
  Tensor forward(std::span<const Tensor> inputs) override { return inputs[0].clone(); }
  void backward(BackwardPass& pass) override {
    if (failures_-- > 0) throw Error("no memory");
    pass.add(0, pass.dy());
  }

 private:
  int failures_ = 1;
};

}  // namespace

TEST_CASE("A backward that failed leaves no trace in the next one") {
  const auto gradient = [](bool fail) {
    Tape tape;
    const Var w = tape.variable(Tensor::from({1, 1, 1, 1}, {1}));
    const Var x = tape.variable(Tensor::from({1, 1, 2, 2}, {-1, 2, -3, 4}));
    const Var y = relu(conv2d(tape.apply(std::make_unique<FlakyOp>(), {x}), w));
    const Var loss = sum(max_pool2d(y, 2));
    CHECK_THROWS_AS(tape.backward(fail ? loss : y, Tensor::ones(fail ? loss.shape() : y.shape())), Error);
    tape.backward(y, Tensor::ones(y.shape()));
    return w.grad().item();
  };
  CHECK(gradient(true) == 6);
  CHECK(gradient(false) == 6);
}

TEST_CASE("Where a waiting op throws, the error has its name and it can be asked again") {
  std::string log;
  Tape tape;
  const Var x = tape.variable(three_signed());
  const Var y = doubled(x, log, 1);
  CHECK_THROWS_WITH_AS(relu(y), doctest::Contains("doubled (test_fusion.cpp:"), Error);
  CHECK(relu(y).value().text() == "tensor([0., 4., 6.])");
  CHECK(log == "relu alone ");
  CHECK(tape.nodes().size() == 3);
  tape.backward(y, three_signed());
  CHECK(x.grad().text() == "tensor([-2.,  4.,  6.])");
}

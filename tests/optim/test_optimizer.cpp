#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>
#include <reel/optim/adam.h>
#include <reel/optim/rmsprop.h>
#include <reel/optim/sgd.h>

using namespace reel;
using doctest::Contains;

namespace {

// Two parameters with gradients, of which the second can be left out.
struct Pair {
  Parameter a{.name = "a", .value = Tensor::from({2}, {1, -2}), .grad = Tensor::from({2}, {Scalar(0.5), 1})};
  Parameter b{.name = "b", .value = Tensor::from({1}, {3}), .grad = Tensor::from({1}, {-1})};
  std::vector<Parameter*> all() { return {&a, &b}; }
};

bool same(const Tensor& x, const Tensor& y) {
  return x.shape() == y.shape() && std::equal(x.values().begin(), x.values().end(), y.values().begin());
}

}  // namespace

TEST_CASE("An optimizer checks its options once and says which, where and what it wants") {
  Pair p;
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.lr = -1}),
                       Contains("lr is -1, it must be a finite number of 0 or more"), Error);
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.lr = 1}).set_lr(-2), Contains("lr is -2"), Error);
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.momentum = 1}), Contains("momentum is 1, it must be in [0, 1)"), Error);
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.weight_decay = -1}), Contains("weight_decay"), Error);
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.nesterov = true}),
                       Contains("momentum is 0 and dampening is 0; nesterov needs a momentum above 0"),
                       Error);
  CHECK_THROWS_WITH_AS(SGD(p.all(), {.momentum = 0.9, .dampening = 0.1, .nesterov = true}),
                       Contains("dampening is 0.1; nesterov needs"), Error);
  CHECK_THROWS_WITH_AS(Adam(p.all(), {.beta1 = 1}), Contains("beta1"), Error);
  CHECK_THROWS_WITH_AS(Adam(p.all(), {.beta2 = -0.1}), Contains("beta2"), Error);
  CHECK_THROWS_WITH_AS(Adam(p.all(), {.eps = -1}), Contains("eps"), Error);
  CHECK_THROWS_WITH_AS(AdamW(p.all(), {.weight_decay = -1}), Contains("AdamW (test_optimizer.cpp:"), Error);
  CHECK_THROWS_WITH_AS(RMSProp(p.all(), {.alpha = 2}), Contains("alpha"), Error);
  CHECK_THROWS_WITH_AS(RMSProp(p.all(), {.lr = std::numeric_limits<double>::quiet_NaN()}),
                       Contains("lr is nan"), Error);
}

TEST_CASE("An optimizer refuses a parameter given twice, none at all, null and an absent one") {
  Pair p;
  Parameter absent{.name = "bias", .value = Tensor()};
  CHECK_THROWS_WITH_AS(SGD({&p.a, &p.b, &p.a}), Contains("parameter \"a\" is given twice"), Error);
  CHECK_THROWS_WITH_AS(SGD({{{&p.a}, {}}, {{&p.a}, {}}}), Contains("given twice"), Error);
  CHECK_THROWS_WITH_AS(SGD(std::vector<Parameter*>{}), Contains("no parameters"), Error);
  CHECK_THROWS_WITH_AS(SGD({&p.a, nullptr}), Contains("null"), Error);
  CHECK_THROWS_WITH_AS(SGD({&p.a, &absent}), Contains("absent as the bias of a layer without"), Error);
}

TEST_CASE("Groups have options of their own") {
  Pair p;
  SGD sgd{{{{&p.a}, {.lr = 0.5}}, {{&p.b}, {.lr = 2}}}};
  CHECK(sgd.groups() == 2);
  CHECK(sgd.lr(1) == 2);
  sgd.set_lr(1, 1);
  sgd.step();
  CHECK(same(p.a.value, Tensor::from({2}, {Scalar(0.75), Scalar(-2.5)})));
  CHECK(same(p.b.value, Tensor::from({1}, {4})));
  CHECK_THROWS_WITH_AS(sgd.lr(2), Contains("no group 2"), Error);
}

TEST_CASE("step() leaves gradients alone and zero_grad() makes them undefined") {
  Pair p;
  const Tensor before = p.a.grad.clone();
  Adam adam{p.all(), {.weight_decay = 0.1}};
  const std::uint64_t version = p.a.grad.version();
  adam.step();
  CHECK(same(p.a.grad, before));
  CHECK(p.a.grad.version() == version);
  adam.zero_grad();
  CHECK_FALSE(p.a.grad.defined());
  CHECK_FALSE(p.b.grad.defined());
}

TEST_CASE("A parameter without gradient or not trainable is left out, of the step and of its count") {
  Pair p, q;
  Adam adam{p.all(), {.lr = 0.1}};
  const Tensor grad = p.b.grad;
  p.b.grad = Tensor();
  p.a.trainable = false;
  adam.step();
  CHECK(adam.steps() == 1);
  CHECK(same(p.a.value, q.a.value));
  CHECK(same(p.b.value, q.b.value));
  p.b.grad = grad;
  adam.step();
  CHECK(same(p.a.value, q.a.value));
  Adam fresh{{&q.b}, {.lr = 0.1}};
  fresh.step();
  CHECK(same(p.b.value, q.b.value));  // its first update has the bias correction of a first update
}

TEST_CASE("A gradient of another shape is an error before anything changes") {
  Pair p, q;
  SGD sgd{p.all(), {.lr = 1, .momentum = 0.9}};
  p.b.grad = Tensor::zeros({2});
  CHECK_THROWS_WITH_AS(sgd.step(), Contains("parameter \"b\" is [1], its gradient is [2]"), ShapeError);
  CHECK(same(p.a.value, q.a.value));
  CHECK(sgd.steps() == 0);
  CHECK(sgd.state().tensors.empty());
}

TEST_CASE("An update counts as a change in place, which backward notices") {
  Parameter w{.name = "w", .value = Tensor::ones({1}), .grad = Tensor::ones({1})};
  const std::uint64_t version = w.value.version();
  SGD sgd{{&w}, {.lr = 1}};
  sgd.step();
  CHECK(w.value.version() > version);
}

TEST_CASE("The same training goes on from a loaded state, bit by bit") {
  const auto check = [](auto make) {
    Pair p, q;
    auto one = make(p.all());
    for (int i = 0; i < 3; i++) one->step();
    one->set_lr(0.07);
    q.a.value = p.a.value.clone();
    q.b.value = p.b.value.clone();
    auto two = make(q.all());
    two->load_state(one->state());
    CHECK(two->lr() == 0.07);
    CHECK(two->steps() == 3);
    one->step();
    two->step();
    CHECK(same(p.a.value, q.a.value));
    CHECK(same(p.b.value, q.b.value));
  };
  using All = std::vector<Parameter*>;
  check([](const All& all) {
    return std::make_unique<SGD>(all, SGDOptions{.momentum = 0.9, .dampening = 0.1});
  });
  check([](const All& all) { return std::make_unique<Adam>(all, AdamOptions{.amsgrad = true}); });
  check([](const All& all) { return std::make_unique<AdamW>(all); });
  check([](const All& all) {
    return std::make_unique<RMSProp>(all, RMSPropOptions{.momentum = 0.9, .centered = true});
  });
}

TEST_CASE("A loaded state is a copy") {
  Pair p, q;
  SGD one{p.all(), {.momentum = 0.9}}, two{q.all(), {.momentum = 0.9}};
  one.step();
  two.load_state(one.state());
  CHECK_FALSE(two.state()
                  .tensors.at("0.momentum_buffer")
                  .shares_storage(one.state().tensors.at("0.momentum_buffer")));
}

TEST_CASE("A momentum that starts later starts from its first gradient") {
  Pair p, q;
  SGD sgd{{&p.a}, {.lr = 1, .dampening = 0.5}};
  sgd.step();
  sgd.set_momentum(0.9);
  SGD loaded{{&q.a}, {.lr = 1, .dampening = 0.5}};
  loaded.load_state(sgd.state());  // with momentum, without its tensor
  CHECK(loaded.momentum() == 0.9);
  loaded.step();
  CHECK(same(q.a.value, Tensor::from({2}, {Scalar(0.5), -3})));
}

TEST_CASE("A state that does not fit is refused and changes nothing") {
  Pair p;
  Adam adam{p.all()};
  adam.step();
  const State good = adam.state().clone();
  const auto refused = [&](auto spoil, const char* words) {
    State bad = good;
    spoil(bad);
    CHECK_THROWS_WITH_AS(adam.load_state(bad), Contains(words), FormatError);
    CHECK(adam.steps() == 1);
    CHECK(same(adam.state().tensors.at("0.exp_avg"), good.tensors.at("0.exp_avg")));
  };
  refused([](State& s) { s.tensors.erase("0.exp_avg"); }, "missing: \"0.exp_avg\"");
  refused([](State& s) { s.tensors["2.exp_avg"] = Tensor::zeros({1}); }, "unexpected: \"2.exp_avg\"");
  refused([](State& s) { s.tensors["1.exp_avg"] = Tensor::zeros({4}); }, "[4] instead of [1]");
  refused([](State& s) { s.integers["1.missed"] = 2; }, "missed 2 of 1 steps");
  refused([](State& s) { s.integers.erase("steps"); }, "missing: \"steps\"");
  refused([](State& s) { s.reals["group.0.lr"] = -1; }, "lr -1");
  refused([](State& s) { s.reals["group.1.lr"] = 1; }, "unexpected: \"group.1.lr\"");
  SGD sgd{p.all()};
  CHECK_THROWS_WITH_AS(sgd.load_state(good), Contains("unexpected: \"0.exp_avg\""), FormatError);
}

TEST_CASE("An update has the same bits at any number of threads") {
  const int threads = num_threads();
  const auto updated = [](int n) {
    set_num_threads(n);
    Parameter w{.name = "w", .value = Tensor::uninitialized({50001}), .grad = Tensor::uninitialized({50001})};
    RandomStream(1, 0).fill_uniform(w.value.mutable_values(), -1, 1);
    RandomStream(1, 1).fill_uniform(w.grad.mutable_values(), -1, 1);
    AdamW adam{{&w}};
    for (int i = 0; i < 3; i++) adam.step();
    return w.value;
  };
  const Tensor one = updated(1);
  CHECK(same(one, updated(2)));
  CHECK(same(one, updated(4)));
  set_num_threads(threads);
}

TEST_CASE("A centered RMSProp stays finite when the gradient is constant") {
  Parameter w{
      .name = "w", .value = Tensor::ones({3}), .grad = Tensor::from({3}, {Scalar(0.1), Scalar(1.7), 3})};
  RMSProp rmsprop{{&w}, {.alpha = 0.5, .centered = true}};
  for (int i = 0; i < 200; i++) rmsprop.step();
  for (const Scalar x : w.value.values()) CHECK(std::isfinite(x));
}

TEST_CASE("Parameters tied by a tensor are stepped once, by the sum of their gradients, as one parameter") {
  Pair p;
  Parameter one{.name = "one", .value = p.a.value.clone()}, tied{.name = "tied", .value = p.a.value};
  Adam adam{{&p.a, &tied}, {.lr = 0.01}}, single{{&one}, {.lr = 0.01}};
  for (int i = 0; i < 4; i++) {
    p.a.grad = i == 1 ? Tensor() : Tensor::from({2}, {Scalar(0.5), 1});
    tied.grad = i == 2 ? Tensor() : Tensor::from({2}, {Scalar(-0.25), 3});
    one.grad = i == 1   ? Tensor::from({2}, {Scalar(-0.25), 3})
               : i == 2 ? Tensor::from({2}, {Scalar(0.5), 1})
                        : Tensor::from({2}, {Scalar(0.25), 4});
    adam.step();
    single.step();
    CHECK(same(p.a.value, one.value));
  }
  CHECK(p.a.grad.at(1) == 1);  // only read
  adam.zero_grad();
  CHECK_FALSE(tied.grad.defined());
  Pair q;
  Parameter resumed_tied{.name = "tied", .value = q.a.value};
  q.a.value.copy_from(p.a.value);
  Adam resumed{{&q.a, &resumed_tied}, {.lr = 0.01}};
  resumed.load_state(adam.state().clone());
  for (Adam* each : {&adam, &resumed}) {
    for (Parameter* x : {&p.a, &tied, &q.a, &resumed_tied}) x->grad = Tensor::ones({2});
    each->step();
  }
  CHECK(same(q.a.value, p.a.value));
}

TEST_CASE("A frozen parameter leaves its tied one to train, under the first one's state") {
  Pair p;
  Parameter tied{.name = "tied", .value = p.a.value, .grad = Tensor::ones({2})};
  p.a.trainable = false;
  SGD sgd{{&p.a, &tied}, {.lr = 1, .momentum = 0.5}};
  sgd.step();
  CHECK(p.a.value.at(0) == 0);
  CHECK(sgd.state().tensors.contains("0.momentum_buffer"));
  CHECK_FALSE(sgd.state().tensors.contains("1.momentum_buffer"));
}

TEST_CASE("Tied parameters in two groups are an error, also where they are tied later") {
  Pair p;
  Parameter tied{.name = "tied", .value = p.a.value, .grad = Tensor::ones({2})};
  CHECK_THROWS_WITH_AS(SGD({{{&p.a}, {}}, {{&tied}, {}}}),
                       Contains("parameters \"a\" of group 0 and \"tied\" of group 1 share their values"),
                       Error);
  tied.value = Tensor::ones({2});
  SGD sgd({{{&p.a}, {}}, {{&tied}, {}}});
  tied.value = p.a.value;
  CHECK_THROWS_WITH_AS(sgd.step(), Contains("they must be in one group"), Error);
  CHECK(p.a.value.at(0) == 1);
  CHECK(sgd.steps() == 0);
}

TEST_CASE("Parameters that are tied, or no longer, between two steps are stepped as they are then") {
  Parameter a{.name = "a", .value = Tensor::zeros({1})}, b{.name = "b", .value = Tensor::zeros({1})};
  SGD sgd{{&a, &b}, {.lr = 1}};
  const auto step = [&] {
    a.grad = Tensor::ones({1});
    b.grad = Tensor::full({1}, 10);
    sgd.step();
  };
  step();
  CHECK(a.value.item() == -1);
  CHECK(b.value.item() == -10);
  b.value = a.value;
  step();
  CHECK(a.value.item() == -12);
  b.value = Tensor::zeros({1});
  step();
  CHECK(a.value.item() == -13);
  CHECK(b.value.item() == -10);
}

TEST_CASE("An optimiser's state with counts below 0 or beyond 2^53 is refused") {
  Pair p;
  Adam adam{p.all()};
  adam.step();
  State state = adam.state();
  for (const std::int64_t steps : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    state.integers["steps"] = steps;
    CHECK_THROWS_WITH_AS(adam.load_state(state), Contains("0 to 9007199254740992 is expected"), FormatError);
  }
  state.integers["steps"] = std::int64_t{1} << 53;
  adam.load_state(state);
  const Scalar before = p.a.value.at(0);
  CHECK_THROWS_WITH_AS(adam.step(), Contains("steps is 9007199254740992"), Error);
  CHECK(adam.steps() == std::int64_t{1} << 53);
  CHECK(p.a.value.at(0) == before);
}

TEST_CASE("An optimiser takes one, two or three parameters in braces, and groups of them") {
  Parameter p{.name = "p", .value = Tensor::ones({1}), .grad = Tensor::ones({1})};
  Parameter q{.name = "q", .value = Tensor::ones({1})}, r{.name = "r", .value = Tensor::ones({1})};
  const SGD one{{&p}}, two{{&p, &q}, {.lr = 0.5}}, three{{&p, &q, &r}};
  const Adam adam{{&p, &q}};
  const AdamW adamw{{&p, &q}};
  const RMSProp rmsprop{{&p, &q}, {.lr = 0.25}};
  const SGD groups{{{{&p}, {.lr = 1}}, {{&q, &r}, {.lr = 2}}}};
  CHECK(two.groups() == 1);
  CHECK(two.lr() == 0.5);
  CHECK(two.state().integers.contains("1.missed"));
  CHECK(three.state().integers.contains("2.missed"));
  CHECK(rmsprop.lr() == 0.25);
  CHECK(groups.groups() == 2);
  CHECK(groups.lr(1) == 2);
}

TEST_CASE("A parameter counts the optimisers that update it, those alone that live and were made") {
  Pair p;
  {
    const SGD first{{&p.a}, {.lr = 1}};
    CHECK(p.a.optimizers == 1);
    CHECK(p.b.optimizers == 0);
    {
      const Adam second{p.all()};
      CHECK(p.a.optimizers == 2);
      CHECK(p.b.optimizers == 1);
    }
    CHECK(p.a.optimizers == 1);
    CHECK(p.b.optimizers == 0);
  }
  CHECK(p.a.optimizers == 0);
  CHECK_THROWS_AS(SGD({&p.a, &p.a}, {.lr = 1}), Error);
  CHECK_THROWS_AS(SGD({{{&p.a}, {.lr = 1}}, {{&p.b, nullptr}, {.lr = 1}}}), Error);
  CHECK_THROWS_AS(SGD({{{&p.a}, {.lr = 1}}, {{&p.b}, {.lr = -1}}}), Error);
  CHECK(p.a.optimizers == 0);
  CHECK(p.b.optimizers == 0);
}

TEST_CASE("An infinite weight stays infinite where nothing decays it, as in PyTorch") {
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  Parameter p{.name = "mask", .value = Tensor::from({2}, {infinity, -infinity}), .grad = Tensor::ones({2})};
  const auto stays = [&](Optimizer&& optimizer) {
    optimizer.step();
    return p.value.at(0) == infinity && p.value.at(1) == -infinity;
  };
  CHECK(stays(SGD({&p})));
  CHECK(stays(SGD({&p}, {.momentum = 0.9, .nesterov = true})));
  CHECK(stays(Adam({&p})));
  CHECK(stays(Adam({&p}, {.amsgrad = true})));
  CHECK(stays(AdamW({&p})));
  CHECK(stays(RMSProp({&p})));
  CHECK(stays(RMSProp({&p}, {.momentum = 0.9, .centered = true})));
}

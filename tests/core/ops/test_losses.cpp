#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "close.h"
#include "explain_support.h"

using namespace reel;

namespace {

// The expected values of this file are PyTorch's, in float64.
const Tensor kLogits = Tensor::from({2, 3}, {1, 2, -1, 0.5, -0.5, 3});
const std::vector<int> kTwoLabels{1, 0};

// What a loss of one input and any options says about its call.
template <class F>
void check_throws(F&& f, const char* message) {
  Tape tape;
  CHECK_THROWS_WITH_AS(f(tape), doctest::Contains(message), Error);
}

}  // namespace

TEST_CASE("Cross-entropy of labels has PyTorch's values under every reduction") {
  Tape tape;
  const Var x = tape.input(kLogits);
  CHECK_CLOSE(cross_entropy(x, kTwoLabels).item(), 1.477713160524071);
  CHECK_CLOSE(cross_entropy(x, {1, 0}).item(), 1.477713160524071);
  const Tensor each = cross_entropy(x, kTwoLabels, {.reduction = Reduction::kNone}).value();
  CHECK(each.shape() == Shape{2});
  CHECK_CLOSE(each.at(0), 0.3490122167681864);
  CHECK_CLOSE(each.at(1), 2.606414104279956);
  CHECK_CLOSE(cross_entropy(x, kTwoLabels, {.label_smoothing = 0.1}).item(), 1.519379827190738);
  CHECK_CLOSE(cross_entropy(x, kTwoLabels, {.label_smoothing = 1, .reduction = Reduction::kSum}).item(),
              3.788759654381475);
}

TEST_CASE("Cross-entropy of probabilities has PyTorch's values") {
  Tape tape;
  const Var x = tape.input(kLogits);
  const Tensor p = Tensor::from({2, 3}, {Scalar(0.2), Scalar(0.3), 0.5, 1, 0, 0});
  CHECK_CLOSE(cross_entropy(x, p).item(), 2.327713160524071);
  CHECK_CLOSE(cross_entropy(x, p, {.label_smoothing = 0.2}).item(), 2.241046493857404);
}

TEST_CASE("Cross-entropy stays finite for logits whose exponentials do not") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2, 2}, {1e4, -1e4, -1e4, 1e4}));
  const Var loss = cross_entropy(x, {0, 0});
  CHECK_CLOSE(loss.item(), 1e4);
  tape.backward(loss);
  CHECK(x.grad().at(0, 0) == 0);
  CHECK_CLOSE(x.grad().at(1, 0), -0.5);
  CHECK_CLOSE(x.grad().at(1, 1), 0.5);
}

TEST_CASE("Cross-entropy keeps the small loss of a confident row") {
  Tape tape;
  const Var x = tape.input(Tensor::from({1, 2}, {0, -12}));
  CHECK_CLOSE(cross_entropy(x, {0}).item(), std::log1p(std::exp(-12.0)), reel_test::kSmallLossTolerance);
}

TEST_CASE("A class masked with -inf costs nothing in cross-entropy") {
  Tape tape;
  const Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const Var x = tape.input(Tensor::from({1, 3}, {0, -infinity, 0}));
  CHECK_CLOSE(cross_entropy(x, {0}).item(), std::log(2.0));
}

TEST_CASE("NLL loss of log-softmax is cross-entropy") {
  Tape tape;
  const Var x = tape.input(kLogits);
  CHECK_CLOSE(nll_loss(log_softmax(x), kTwoLabels).item(), 1.477713160524071);
  CHECK_CLOSE(nll_loss(log_softmax(x), kTwoLabels, {Reduction::kSum}).item(), 2 * 1.477713160524071);
}

TEST_CASE("The losses of pairs have PyTorch's values") {
  Tape tape;
  const Var x = tape.input(Tensor::from({3}, {1, -2, 3}));
  const Tensor t = Tensor::from({3}, {0, 1, 0.25});
  CHECK_CLOSE(mse_loss(x, t).item(), 5.854166666666667);
  CHECK_CLOSE(l1_loss(x, t).item(), 2.25);
  CHECK_CLOSE(bce_with_logits(x, t).item(), 1.912925683378312);
  const Tensor each = bce_with_logits(x, t, {Reduction::kNone}).value();
  CHECK_CLOSE(each.at(0), 1.313261687518223);
  CHECK_CLOSE(each.at(1), 2.126928011042972);
  CHECK_CLOSE(each.at(2), 2.298587351573742);
  CHECK(bce_with_logits(tape.input(Tensor::from({1}, {-1e4})), Tensor::zeros({1})).item() == 0);
}

TEST_CASE("The gradient of the absolute error is 0 where it is 0") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({2}, {1, 2}));
  tape.backward(l1_loss(x, Tensor::from({2}, {1, 3}), {Reduction::kSum}));
  CHECK(x.grad().at(0) == 0);
  CHECK(x.grad().at(1) == -1);
}

TEST_CASE("The gradients of every loss agree with differences" * reel_test::in_double_alone()) {
  const Tensor x = reel_test::uniform({4, 5}, -2, 2), y = reel_test::uniform({4, 5}, -2, 2, 1);
  const Tensor p = reel_test::uniform({4, 5}, 0, 1, 2);  // rows that do not add up to 1
  const std::vector<int> labels{0, 4, 2, 2};
  const Tensor images = reel_test::uniform({2, 5, 1, 2}, -2, 2, 3),
               weight = Tensor::from({5}, {1, 0, 3, 1, 0.5});
  const std::vector<int> pixels{0, 4, -100, 2};
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    CHECK_GRADIENT([&](auto v) { return cross_entropy(v[0], labels, {.reduction = reduction}); }, x);
    CHECK_GRADIENT([&](auto v) { return cross_entropy(v[0], labels, {0.3, reduction}); }, x);
    CHECK_GRADIENT([&](auto v) { return cross_entropy(v[0], p, {0.3, reduction}); }, x);
    CHECK_GRADIENT([&](auto v) { return cross_entropy(v[0], labels, {0.3, reduction, weight, 2}); }, x);
    CHECK_GRADIENT([&](auto v) { return cross_entropy(v[0], pixels, {0, reduction, weight, -100}); }, images);
    CHECK_GRADIENT([&](auto v) { return nll_loss(v[0], labels, {reduction}); }, x);
    CHECK_GRADIENT([&](auto v) { return mse_loss(v[0], v[1], {reduction}); }, x, y);
    CHECK_GRADIENT([&](auto v) { return l1_loss(v[0], v[1], {reduction}); }, x, y);
    CHECK_GRADIENT([&](auto v) { return bce_with_logits(v[0], p, {reduction}); }, x);
  }
}

TEST_CASE("The losses of pairs explain their numbers under every reduction") {
  const Tensor x = reel_test::uniform({3, 4}, -2, 2), y = reel_test::uniform({3, 4}, -2, 2, 1);
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    CHECK_EXPLAINED([&](auto v) { return mse_loss(v[0], v[1], {reduction}); }, x, y);
    CHECK_EXPLAINED([&](auto v) { return l1_loss(v[0], v[1], {reduction}); }, x, y);
    CHECK_EXPLAINED([&](auto v) { return bce_with_logits(v[0], y, {reduction}); }, x);
  }
}

TEST_CASE("The losses of rows explain their numbers under every reduction") {
  const Tensor x = reel_test::uniform({4, 5}, -2, 2);
  const Tensor p = reel_test::uniform({4, 5}, 0, 1, 2);  // rows that do not add up to 1
  const Tensor sure = Tensor::from({2, 2}, {12, 0, 0, 40});
  const std::vector<int> labels{0, 4, 2, 2};
  for (const Reduction reduction : {Reduction::kMean, Reduction::kSum, Reduction::kNone}) {
    CHECK_EXPLAINED([&](auto v) { return cross_entropy(v[0], labels, {.reduction = reduction}); }, x);
    CHECK_EXPLAINED([&](auto v) { return cross_entropy(v[0], labels, {0.3, reduction}); }, x);
    CHECK_EXPLAINED([&](auto v) { return cross_entropy(v[0], p, {0, reduction}); }, x);
    CHECK_EXPLAINED([&](auto v) { return cross_entropy(v[0], p, {0.3, reduction}); }, x);
    CHECK_EXPLAINED([&](auto v) { return cross_entropy(v[0], {0, 1}, {0, reduction}); }, sure);
    CHECK_EXPLAINED([&](auto v) { return nll_loss(v[0], labels, {reduction}); }, x);
  }
}

TEST_CASE("The formulas of the losses of rows") {
  Tape tape;
  const Var z = tape.variable(kLogits).named("z");
  const Var loss = cross_entropy(z, kTwoLabels).named("loss");
  const Var each = cross_entropy(z, kTwoLabels, {0.3, Reduction::kNone});
  const Var nll = nll_loss(z, kTwoLabels).named("nll");
  const inspect::Trace trace(tape, loss + nll);
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(loss.index(), 0) == "sum over n of -log softmax(z[n])[label[n]] / 2");
  std::string note;  // which says target, not probability: 1 is none of the network's
  trace.explain(loss.index(), 0, [&](const Term& term) { note = term.note; });
  CHECK(note == "-log softmax of class 0, target 1");
  CHECK(formula(each.index(), 1) == "sum over c of -target[1,c] * log softmax(z[1])[c]");
  CHECK(formula(nll.index(), 0) == "sum over n of -z[n,label[n]] / 2");
  const std::vector<std::size_t>& gradients = trace.grad_events(z.index());
  CHECK(formula(gradients.at(0), 1) == "-dnll / 2");
  CHECK(formula(gradients.at(0), 2) == "0, for the class is not the label");
  CHECK(formula(gradients.at(1), 1) == "dloss * (softmax(z[0])[1] - 1) / 2");
  CHECK(trace.explain(gradients.at(1), 1, [](const Term&) {})->place == "sample 0, class 1, label 1");
}

TEST_CASE("The formulas of the losses of pairs") {
  Tape tape;
  const Var y = tape.variable(kLogits).named("y");
  const Var target = tape.variable(Tensor::zeros({2, 3})).named("t");
  const Var mse = mse_loss(y, target).named("loss"), l1 = l1_loss(y, target, {Reduction::kNone});
  const inspect::Trace trace(tape, mse);
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  CHECK(formula(mse.index(), 0) == "sum over i,j of (y[i,j] - t[i,j])^2 / 6");
  CHECK(formula(l1.index(), 4) == "|y[1,1] - t[1,1]|");
  CHECK(formula(trace.grad_events(y.index()).at(0), 4) == "dloss * 2 (y[1,1] - t[1,1]) / 6");
  CHECK(formula(trace.grad_events(target.index()).at(0), 4) == "dloss * 2 (t[1,1] - y[1,1]) / 6");
}

TEST_CASE("Losses have the same bits at any number of threads") {
  const Tensor x = reel_test::uniform({700, 30});
  const auto loss = [&](int threads) {
    set_num_threads(threads);
    Tape tape;
    return mse_loss(softmax(tape.input(x)), Tensor::zeros({700, 30})).item();
  };
  const int before = num_threads();
  const Scalar one = loss(1), four = loss(4);
  set_num_threads(before);
  CHECK(one == four);
}

TEST_CASE("Cross-entropy refuses labels that do not fit the logits") {
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), {1, 3});
      },
      "label 3 of sample 1 is not one of the 3 classes 0..2");
  check_throws([](Tape& t) { return cross_entropy(t.input(kLogits), {-1, 0}); }, "label -1 of sample 0");
  check_throws([](Tape& t) { return nll_loss(t.input(kLogits), std::vector{0, 9}); }, "label 9 of sample 1");
  check_throws([](Tape& t) { return cross_entropy(t.input(kLogits), {1}); },
               "logits [2,3] want 2 labels, 1 were given");
  check_throws([](Tape& t) { return cross_entropy(t.input(Tensor::zeros({3})), {1}); }, "expected [N,C]");
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(Tensor::zeros({0, 3})), std::vector<int>());
      },
      "the batch is empty");
}

TEST_CASE("Ignored labels count for nothing, and a mean of ignored labels alone is refused") {
  Tape tape;
  const Var x = tape.variable(kLogits);
  const Var loss = cross_entropy(x, {1, -100}, {.ignore_index = -100});
  CHECK_CLOSE(loss.item(), 0.3490122167681864);
  CHECK(cross_entropy(x, {2, 2}, {.reduction = Reduction::kSum, .ignore_index = 2}).item() == 0);
  tape.backward(loss);
  for (Index c = 0; c < 3; c++) CHECK(x.grad().at(1, c) == 0);
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), {2, 2}, {.ignore_index = 2});
      },
      "every label is ignored or weighs 0");
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), {-1, 2}, {.ignore_index = 2});
      },
      "label -1 of sample 0");
  check_throws([](Tape& t) { return cross_entropy(t.input(kLogits), kLogits, {.ignore_index = 2}); },
               "ignore_index is a label's, probabilities were given");
}

TEST_CASE("Cross-entropy takes labels as a tensor of one dimension less than the logits, as PyTorch does") {
  Tape tape, other;
  const Tensor images = reel_test::uniform({2, 5, 1, 3}, -2, 2, 3);
  const Var x = tape.variable(images), y = other.variable(images), rows = tape.variable(kLogits);
  const std::vector<int> labels{0, 4, -100, 3, 1, 1};
  const Tensor mask = Tensor::from({2, 1, 3}, {0, 4, -100, 3, 1, 1});
  const CrossEntropyOptions options{.label_smoothing = 0.2, .ignore_index = -100};
  const Var loss = cross_entropy(x, mask, options), expected = cross_entropy(y, labels, options);
  CHECK(loss.item() == expected.item());
  CHECK(cross_entropy(x, mask, {.reduction = Reduction::kNone, .ignore_index = -100}).shape() ==
        Shape{2, 1, 3});
  CHECK(cross_entropy(rows, Tensor::from({2}, {1, 0})).item() == cross_entropy(rows, {1, 0}).item());
  tape.backward(loss);
  other.backward(expected);
  CHECK(std::ranges::equal(x.grad().values(), y.grad().values()));
}

TEST_CASE("Labels as a tensor must be whole numbers and classes") {
  const auto with_targets = [](Tensor targets) {
    return [=](Tape& t) { return cross_entropy(t.input(kLogits), targets); };
  };
  constexpr Scalar kNotANumber = std::numeric_limits<Scalar>::quiet_NaN();
  check_throws(with_targets(Tensor::from({2}, {1, 0.5})),
               "target 1 of targets [2] is 0.5; a label, a whole number");
  check_throws(with_targets(Tensor::from({2}, {kNotANumber, 0})), "target 0 of targets [2] is nan");
  check_throws(with_targets(Tensor::from({2}, {0, Scalar{0x1p31}})), "target 1 of targets [2] is 21474836");
  check_throws(with_targets(Tensor::from({2}, {0, 3})), "label 3 of sample 1 is not one of the 3 classes");
  check_throws(with_targets(Tensor::from({2}, {0, -1})), "label -1 of sample 1");
  check_throws(with_targets(Tensor::zeros({3})), "labels [2] are expected");
  check_throws(with_targets(Tensor()), "targets are [0]");
}

TEST_CASE("Weights of classes are one for each class and not negative") {
  const auto with_weight = [](Tensor weight) {
    return [=](Tape& t) { return cross_entropy(t.input(kLogits), {0, 1}, {.weight = weight}); };
  };
  check_throws(with_weight(Tensor::ones({2})), "weight is [2]");
  check_throws(with_weight(Tensor::from({3}, {1, -1, 1})), "-1");
  check_throws(with_weight(Tensor::from({3}, {0, 0, 1})), "every label is ignored or weighs 0");
}

TEST_CASE("Cross-entropy refuses a smoothing outside of [0, 1] and probabilities of another shape") {
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), {0, 1}, {.label_smoothing = 1.5});
      },
      "label_smoothing is 1.5");
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), {0, 1}, {.label_smoothing = -0.1});
      },
      "must be in [0, 1]");
  check_throws(
      [](Tape& t) {
        return cross_entropy(t.input(kLogits), Tensor::zeros({2, 4}));
      },
      "logits are [2,3], targets are [2,4]; probabilities [2,3] or labels [2] are expected");
}

TEST_CASE("Losses of pairs refuse unequal shapes and empty batches") {
  check_throws(
      [](Tape& t) {
        return mse_loss(t.input(kLogits), Tensor::zeros({3, 2}));
      },
      "input is [2,3], target is [3,2]");
  check_throws([](Tape& t) { return l1_loss(t.input(kLogits), Tensor::zeros({6})); },
               "l1_loss (test_losses.cpp:");
  check_throws([](Tape& t) { return bce_with_logits(t.input(kLogits), Tensor::zeros({1})); },
               "bce_with_logits");
  check_throws([](Tape& t) { return mse_loss(t.input(kLogits), Tensor()); }, "mse_loss (test_losses.cpp:");
  check_throws([](Tape& t) { return mse_loss(t.input(Tensor::zeros({0})), Tensor::zeros({0})); },
               "the batch is empty");
}

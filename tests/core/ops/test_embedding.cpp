#include <limits>

#include <reel/core/ops/ops.h>

#include "compare_support.h"
#include "explain_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

using Vars = std::span<const Var>;

// What an index that is none is told.
std::string refused(const Tensor& indices) {
  Tape tape;
  const Var w = tape.input(Tensor::zeros({3, 2}));
  return reel_test::error_of<Error>([&] { embedding(w, indices); });
}

}  // namespace

TEST_CASE("embedding takes the rows that the indices name, in their shape") {
  Tape tape;
  const Var w = tape.input(Tensor::arange(6).reshape({3, 2}));
  CHECK(embedding(w, {2, 0, 2}).value().text() == "tensor([[4., 5.],\n        [0., 1.],\n        [4., 5.]])");
  CHECK(embedding(w, std::vector<int>{1}).value().text() == "tensor([[2., 3.]])");
  const Tensor grid = Tensor::from({2, 1, 2}, {0, 1, 2, 0});
  CHECK(embedding(w, grid).shape() == Shape{2, 1, 2, 2});
  CHECK(embedding(w, tape.input(grid)).value().at(1, 0, 0, 1) == 5);
  CHECK(embedding(w, Tensor::full({}, 1)).value().text() == "tensor([2., 3.])");
}

TEST_CASE("embedding of no indices, and of rows without elements") {
  Tape tape;
  const Var w = tape.variable(uniform({3, 2}));
  const Var y = embedding(w, Tensor::zeros({0, 4}));
  CHECK(y.shape() == Shape{0, 4, 2});
  tape.backward(y, Tensor::zeros({0, 4, 2}));
  CHECK(w.grad().text() == "tensor([[0., 0.],\n        [0., 0.],\n        [0., 0.]])");
  Tape other;
  CHECK(embedding(other.input(Tensor::zeros({3, 0})), {1, 2}).shape() == Shape{2, 0});
  CHECK(embedding(other.input(Tensor::zeros({0, 2})), std::vector<int>()).shape() == Shape{0, 2});
}

TEST_CASE("The gradient of a row is the sum over the indices that name it") {
  Tape tape;
  const Var w = tape.variable(Tensor::zeros({3, 2}));
  tape.backward(embedding(w, {2, 0, 2}), Tensor::from({3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(w.grad().text() == "tensor([[3., 4.],\n        [0., 0.],\n        [6., 8.]])");
}

TEST_CASE("Gradients of embedding" * reel_test::in_double_alone()) {
  CHECK_GRADIENT([](Vars v) { return embedding(v[0], {1, 3, 1, 1}); }, uniform({4, 3}));
  CHECK_GRADIENT([](Vars v) { return embedding(v[0], {0, 1}) * embedding(v[0], {1, 1}); }, uniform({2, 1}));
}

TEST_CASE("embedding has the same bits at any number of threads") {
  const Tensor weight = uniform({5, 40000}), dy = uniform({7, 40000}, -1, 1, 1);
  CHECK(reel_test::same_bits_at_any_thread_count([&] {
    Tape tape;
    const Var w = tape.variable(weight);
    tape.backward(embedding(w, {4, 1, 1, 0, 4, 1, 1}), dy);
    return w.grad();
  }));
}

TEST_CASE("embedding explains its numbers") {
  Tape tape;
  const Var w = tape.variable(uniform({3, 2})).named("w");
  const inspect::Trace trace(tape, sum(embedding(w, Tensor::from({2, 2}, {2, 0, 2, 2})).named("y")));
  const auto formula = [&](std::size_t event, Index element) {
    return trace.explain(event, element, [](const Term&) {})->formula;
  };
  const std::size_t gradient = trace.grad_events(0).at(0);
  CHECK(formula(2, 3) == "w[0,1]");
  CHECK(formula(gradient, 5) == "sum over i,j of dy[i,j,1], where index[i,j] = 2");
  CHECK(trace.explain(gradient, 5, [](const Term&) {})->terms == 3);
  CHECK(trace.explain(gradient, 2, [](const Term&) {})->terms == 0);
  reel_test::check_explained(trace);
}

TEST_CASE("Where an index was set, embedding's facts are those of the index that was set") {
  Tape tape;
  const Var w = tape.variable(uniform({3, 2})).named("w"), index = tape.input(Tensor::from({2}, {2, 0}));
  const inspect::Trace recorded(tape, sum(embedding(w, index).named("y")));
  const inspect::Trace branch = recorded.with(index.index(), 0, 1);
  const auto row_of_first = [](const inspect::Trace& trace) {
    const std::vector<Index> turns(trace.facts(2).formula->loops.size());
    return trace.facts(2).formula->summands[0].factors[0].at[0].parts[0].turn(turns);
  };
  CHECK(row_of_first(recorded) == 2);
  CHECK(row_of_first(branch) == 1);
  CHECK(row_of_first(recorded) == 2);
  CHECK(branch.explain(2, 0, [](const Term&) {})->formula == "w[1,0]");
  reel_test::check_explained(branch);
}

TEST_CASE("An index that names no row is an error that says which and where") {
  const auto contains = [](const std::string& message, const char* words) {
    CHECK_MESSAGE(message.find(words) != std::string::npos, message, " lacks ", words);
  };
  const std::string wanted = "a whole number of 0 to 2 is wanted: a row of weight [3,2]";
  contains(refused(Tensor::from({3}, {0, 3, 1})), "embedding (test_embedding.cpp:");
  contains(refused(Tensor::from({3}, {0, 3, 1})), ("index[1] is 3, " + wanted).c_str());
  contains(refused(Tensor::from({1, 2}, {0, -1})), ("index[0,1] is -1, " + wanted).c_str());
  contains(refused(Tensor::full({}, Scalar(1.5))), ("index is 1.5, " + wanted).c_str());
  contains(refused(Tensor::full({1}, std::numeric_limits<Scalar>::quiet_NaN())), "index[0] is nan");
  contains(refused(Tensor::full({1}, std::numeric_limits<Scalar>::infinity())), "index[0] is inf");
  Tape tape;
  const Var w = tape.input(Tensor::zeros({3, 2}));
  CHECK_THROWS_WITH_AS(embedding(w, {3}), doctest::Contains("index[0] is 3"), Error);
  CHECK_THROWS_WITH_AS(embedding(Var(), {3}), doctest::Contains("embedding (test_embedding.cpp:"), Error);
}

TEST_CASE("embedding refuses a weight that is no table, by its own name") {
  Tape tape;
  CHECK_ERROR(embedding(tape.input(Tensor::zeros({3})), {0}),
              "embedding (test_embedding.cpp:", "weight is [3], [V,D] is wanted");
  CHECK_ERROR(embedding(tape.input(Tensor::zeros({3, 2})), Tensor::zeros({1, 1, 1, 1, 1, 1, 1, 1})),
              "embedding (test_embedding.cpp:", "its result", "at most 8 are supported");
}

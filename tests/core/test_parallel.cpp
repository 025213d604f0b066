#include <reel/core/parallel.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>

#include "gradcheck_support.h"

using namespace reel;
using reel_test::uniform;

namespace {

// Sets the number of threads and puts it back.
class Threads {
 public:
  explicit Threads(int n) : before_(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

std::vector<Scalar> value_and_gradients(const std::function<Var(std::span<const Var>)>& f,
                                        const std::vector<Tensor>& inputs, int threads) {
  const Threads set(threads);
  Tape tape;
  std::vector<Var> vars;
  for (const Tensor& input : inputs) vars.push_back(tape.variable(input));
  const Var y = f(vars);
  tape.backward(y, uniform(y.shape(), -1, 1, 99));
  std::vector<Scalar> all(y.value().values().begin(), y.value().values().end());
  for (const Var& var : vars) {
    const Tensor grad = var.grad();
    all.insert(all.end(), grad.values().begin(), grad.values().end());
  }
  return all;
}

void check_same_bits(const char* name, const std::function<Var(std::span<const Var>)>& f,
                     const std::vector<Tensor>& inputs) {
  const std::vector<Scalar> one = value_and_gradients(f, inputs, 1);
  for (const int threads : {2, 4}) {
    const std::vector<Scalar> several = value_and_gradients(f, inputs, threads);
    INFO(name << " with " << threads << " threads");
    REQUIRE(one.size() == several.size());
    CHECK(std::memcmp(one.data(), several.data(), one.size() * sizeof(Scalar)) == 0);
  }
}

using Vars = std::span<const Var>;

}  // namespace

TEST_CASE("parallel_for covers each index once, in pieces that do not depend on the threads") {
  for (const int threads : {1, 2, 4}) {
    const Threads set(threads);
    std::vector<int> hits(1003), lengths(11);
    parallel_for(1003, 100, [&](Index begin, Index end) {
      lengths[static_cast<std::size_t>(begin / 100)] = static_cast<int>(end - begin);
      for (Index i = begin; i < end; i++) hits[static_cast<std::size_t>(i)]++;
    });
    CHECK(hits == std::vector<int>(1003, 1));
    CHECK(lengths == std::vector<int>{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 3});
  }
}

TEST_CASE("parallel_for does nothing for nothing and takes a grain below 1 as 1") {
  int calls = 0;
  parallel_for(0, 10, [&](Index, Index) { calls++; });
  parallel_for(-5, 10, [&](Index, Index) { calls++; });
  CHECK(calls == 0);
  const Threads set(1);
  parallel_for(3, 0, [&](Index, Index) { calls++; });
  CHECK(calls == 3);
}

TEST_CASE("parallel_for may stand inside of parallel_for") {
  const Threads set(4);
  std::vector<int> hits(64);
  parallel_for(8, 1, [&](Index row, Index) {
    parallel_for(8, 1, [&](Index column, Index) { hits[static_cast<std::size_t>(row * 8 + column)]++; });
  });
  CHECK(hits == std::vector<int>(64, 1));
}

TEST_CASE("parallel_for_workers gives each task to one of its workers, each of which does one at a time") {
  constexpr int kWorkers = 4;
  for (int repetition = 0; repetition < 2000; repetition++) {
    const Index tasks = repetition % 9;
    std::vector<std::atomic<int>> hits(9);
    std::vector<std::atomic<bool>> busy(kWorkers);
    std::atomic<int> mistakes = 0;
    parallel_for_workers(tasks, kWorkers, [&](Index task, int worker) {
      if (worker < 0 || worker >= kWorkers || busy[static_cast<std::size_t>(worker)].exchange(true))
        mistakes++;
      hits[static_cast<std::size_t>(task)]++;
      busy[static_cast<std::size_t>(worker)] = false;
    });
    REQUIRE(mistakes == 0);
    for (Index task = 0; task < 9; task++) REQUIRE(hits[static_cast<std::size_t>(task)] == (task < tasks));
  }
}

TEST_CASE("Loops of several threads at once each do all of their work") {
  const Threads set(3);
  std::vector<std::thread> callers;
  std::vector<Index> sums(4);
  for (std::size_t caller = 0; caller < sums.size(); caller++) {
    callers.emplace_back([&sums, caller] {
      for (int repetition = 0; repetition < 300; repetition++) {
        std::vector<Index> values(50);
        parallel_for(50, 7, [&](Index begin, Index end) {
          for (Index i = begin; i < end; i++) values[static_cast<std::size_t>(i)] = i;
        });
        for (const Index value : values) sums[caller] += value;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(sums == std::vector<Index>(4, 300 * 49 * 50 / 2));
}

TEST_CASE("An exception in a loop's body reaches the caller: that of the first piece which throws") {
  for (const int threads : {1, 2, 4}) {
    const Threads set(threads);
    for (int repetition = 0; repetition < 200; repetition++) {
      std::vector<std::atomic<int>> hits(64);
      CHECK_THROWS_WITH_AS(parallel_for(64, 1,
                                        [&](Index piece, Index) {
                                          hits[static_cast<std::size_t>(piece)]++;
                                          if (piece % 10 == 7) throw Error(std::to_string(piece));
                                        }),
                           "7", Error);
      for (std::size_t piece = 0; piece < hits.size(); piece++) {
        REQUIRE(hits[piece] <= 1);
        if (piece <= 7) REQUIRE(hits[piece] == 1);
      }
    }
  }
}

TEST_CASE("After an exception the loops go on with all of their threads, wherever it was thrown") {
  const Threads set(2);
  const std::thread::id caller = std::this_thread::get_id();
  // Each piece waits until another thread is in the loop as well, so that both throw and both are seen to be
  // there.
  const auto throw_in_both = [] {
    std::atomic<int> inside = 0;
    parallel_for(2, 1, [&](Index, Index) {
      inside++;
      while (inside < 2) std::this_thread::yield();
      throw ShapeError("mine");
    });
  };
  for (int repetition = 0; repetition < 20; repetition++) {
    CHECK_THROWS_AS(throw_in_both(), ShapeError);
    std::atomic<int> inside = 0, helped = 0;
    parallel_for(2, 1, [&](Index, Index) {
      inside++;
      while (inside < 2) std::this_thread::yield();
      helped += std::this_thread::get_id() != caller;
    });
    CHECK(helped == 1);
  }
}

TEST_CASE("An exception leaves loops within loops, and need not be a std::exception") {
  for (const int threads : {1, 2, 4}) {
    const Threads set(threads);
    const auto nested = [](int thrown) {
      parallel_for(8, 1, [&](Index row, Index) {
        parallel_for(8, 1, [&](Index column, Index) {
          if (row * 8 + column >= 19) throw thrown + static_cast<int>(row * 8 + column);
        });
      });
    };
    CHECK_THROWS_AS(nested(100), int);
    try {
      nested(100);
    } catch (const int number) {
      CHECK(number == 119);
    }
    CHECK_THROWS_AS(parallel_for_workers(9, 4, [](Index task, int) { throw task; }), Index);
  }
}

TEST_CASE("A tape in a loop's body may throw there, and the next one is whole") {
  const Threads set(2);
  const Tensor x = uniform({4, 5}), wrong = uniform({3, 7});
  const auto sums = [&](const Tensor& other) {
    std::vector<Scalar> result(8);
    parallel_for(8, 1, [&](Index i, Index) {
      Tape tape;
      result[static_cast<std::size_t>(i)] = sum(add(tape.input(x), tape.input(i == 3 ? other : x))).item();
    });
    return result;
  };
  CHECK_THROWS_AS(sums(wrong), ShapeError);
  CHECK(sums(x) == std::vector<Scalar>(8, sums(x)[0]));
}

TEST_CASE("set_num_threads wants a number of threads that can be started") {
  const int before = num_threads();
  CHECK_THROWS_WITH_AS(set_num_threads(0), doctest::Contains("0 threads asked for"), Error);
  CHECK_THROWS_WITH_AS(set_num_threads(100'000), doctest::Contains("1 to 1024 are wanted"), Error);
  CHECK(num_threads() == before);
}

TEST_CASE("Element by element, an op has the same bits at any number of threads") {
  const Tensor x = uniform({7, 33, 401}, Scalar(0.1), 2), row = uniform({401}, 1, 2, 1),
               channel = uniform({33, 1}, 1, 2, 2);
  check_same_bits("mul", [](Vars v) { return v[0] * v[1]; }, {x, row});
  check_same_bits("div", [](Vars v) { return v[0] / v[1]; }, {x, channel});
  check_same_bits("sub", [](Vars v) { return v[0] - v[1]; }, {row, x});
  check_same_bits("add", [](Vars v) { return v[0] + v[1]; }, {x, uniform({7, 33, 401}, -1, 1, 3)});
  check_same_bits("relu", [](Vars v) { return relu(v[0]); }, {uniform({100'003})});
  check_same_bits("tanh of gelu", [](Vars v) { return tanh(gelu(v[0])); }, {x});
  check_same_bits("leaky_relu of silu", [](Vars v) { return leaky_relu(silu(v[0])); }, {x});
  check_same_bits("sqrt of sigmoid", [](Vars v) { return sqrt(sigmoid(v[0])); }, {x});
  check_same_bits("abs of clamp", [](Vars v) { return abs(clamp(v[0], Scalar(0.5), 1)); }, {x});
  check_same_bits("pow", [](Vars v) { return pow(v[0], Scalar(1.5)); }, {x});
  check_same_bits("number / x", [](Vars v) { return 3 / (v[0] - 5) / 7; }, {x});
  check_same_bits("log of exp", [](Vars v) { return log(exp(v[0])); }, {x});
}

TEST_CASE("Reductions and softmax have the same bits at any number of threads") {
  const Tensor x = uniform({7, 33, 401});
  check_same_bits("sum", [](Vars v) { return sum(v[0]); }, {x});
  for (const Dims& dims : {Dims(0), Dims(1), Dims(2), Dims{0, 2}, Dims{0, 1}}) {
    check_same_bits("sum over dims", [&](Vars v) { return sum(v[0], dims); }, {x});
    check_same_bits("mean over dims", [&](Vars v) { return mean(v[0], dims); }, {x});
    check_same_bits("max over dims", [&](Vars v) { return max(v[0], dims); }, {x});
  }
  check_same_bits("sum of columns", [](Vars v) { return sum(v[0], 0); }, {uniform({60'000, 5})});
  for (const Index dim : {0, 1, 2}) {
    check_same_bits("softmax", [dim](Vars v) { return softmax(v[0], dim); }, {x});
    check_same_bits("log_softmax", [dim](Vars v) { return log_softmax(v[0], dim); }, {x});
  }
}

TEST_CASE("matmul and conv_transpose2d have the same bits at any number of threads") {
  check_same_bits("matmul", [](Vars v) { return matmul(v[0], v[1]); },
                  {uniform({3, 150, 70}), uniform({70, 130}, -1, 1, 1)});
  check_same_bits("batched matmul", [](Vars v) { return matmul(v[0], v[1]); },
                  {uniform({150, 70}), uniform({5, 70, 130}, -1, 1, 1)});
  check_same_bits("conv_transpose2d",
                  [](Vars v) { return conv_transpose2d(v[0], v[1], v[2], {.stride = 2, .padding = 1}); },
                  {uniform({9, 6, 14, 14}), uniform({6, 4, 3, 3}, -1, 1, 1), uniform({4}, -1, 1, 2)});
}

TEST_CASE("Ops on shapes have the same bits at any number of threads") {
  const Tensor x = uniform({7, 33, 401});
  check_same_bits("permute", [](Vars v) { return permute(v[0], {2, 0, 1}); }, {x});
  check_same_bits("concat", [](Vars v) { return concat({v[0], v[1]}, 1); }, {x, uniform({7, 2, 401})});
  check_same_bits("slice", [](Vars v) { return slice(v[0], 1, {1, 33, 2}); }, {x});
  check_same_bits("pad2d", [](Vars v) { return pad2d(v[0], 2); }, {x.reshape({1, 7, 33, 401})});
}

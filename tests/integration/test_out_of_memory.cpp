// A training step, a load, a save, a checkpoint and a stepper's session for which there is not enough memory.
#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <reel/core/inspect/terminal/stepper.h>
#include <reel/core/memory.h>
#include <reel/reel.h>

#include "failing_new.h"
#include "gradcheck_support.h"
#include "support.h"

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

// Makes the first, the second, ... allocation of f fail until f succeeds, and calls after_failure() each
// time.
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
  static constexpr std::array kTargets{1, 7, 3, 9};
  Tape tape;
  tape.backward(cross_entropy(net(tape.input(reel_test::uniform({4, 1, 8, 8}, -1, 1, 6))), kTargets));
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

// Names and bits of a state.
std::string bits_of(const State& state) {
  std::string bits;
  for (const auto& [name, tensor] : state.tensors) {
    const auto bytes = std::as_bytes(std::as_const(tensor).values());
    bits += name + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  for (const auto& [name, value] : state.integers) bits += name + std::to_string(value);
  for (const auto& [name, value] : state.reals) bits += name + std::to_string(value);
  for (const auto& [name, text] : state.texts) bits += name + text;
  return bits;
}

// A training in the middle of its epoch.
struct RunToResume {
  explicit RunToResume(std::uint64_t with_seed)
      : run_seed(with_seed), net((seed(with_seed), OutOfMemoryNet())) {
    int steps = 0;
    for (const Batch& batch : loader) {
      Tape tape;
      tape.backward(cross_entropy(net(max_pool2d(tape.input(batch.images), 3)), batch.labels));
      adam.step();
      schedule.step();
      ema.update();
      adam.zero_grad();
      if (++steps == 3) break;
    }
  }
  std::vector<CheckpointPart> parts() {
    return {{"net", &net}, {"adam", &adam}, {"schedule", &schedule}, {"ema", &ema}, {"loader", &loader}};
  }
  std::string bits() {
    std::string all;
    for (const CheckpointPart& part : parts()) all += bits_of(part.object->state());
    return all;
  }

  std::uint64_t run_seed;
  OutOfMemoryNet net;
  GeneratedDigits digits{8, 1};
  Loader loader{digits, {.batch = 2, .shuffle = true, .seed = run_seed, .prefetch = 0}};
  Adam adam{net.parameters(), {.lr = 0.1}};
  OneCycleLR schedule{adam, {.max_lr = 0.1, .total_steps = 20}};
  Ema ema{net};
};

}  // namespace

TEST_CASE("Where any allocation of a load fails, the module is as before") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net";
  OutOfMemoryNet from, to;
  from.norm.num_batches_tracked = 7;
  save(from, path);
  const State before_state = to.state().clone();
  const std::string before = bits_of(before_state), after = bits_of(from.state());
  const int failures =
      reel_test::count_failed_allocations([&] { to.load_state(before_state); }, [&] { load(to, path); },
                                          [&] { return bits_of(to.state()) == before; });
  CHECK(failures > 50);
  CHECK(bits_of(to.state()) == after);
  to.load_state(before_state);
  const auto unchanged = [&] { CHECK(bits_of(to.state()) == before); };
  CHECK(count_failures([&] { load(to, path); }, unchanged) > 5);  // of tensors
  CHECK(bits_of(to.state()) == after);
}

TEST_CASE("Where any allocation of a save fails, the old file or the new one is there, and nothing else") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "net";
  OutOfMemoryNet net;
  save(net, path);
  const std::string before = reel_test::read_file(path);
  const auto is_whole = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1 &&
           reel_test::read_file(path) == before;
  };
  CHECK(reel_test::count_failed_allocations([] {}, [&] { save(net, path); }, is_whole) > 50);
  CHECK(is_whole());
}

TEST_CASE("Where any allocation of a checkpoint fails, all parts are as before, and the file is whole") {
  const reel_test::TempDir folder;
  const std::string path = folder.path() / "checkpoint", first = folder.path() / "first";
  RunToResume from(1), to(2);
  save_checkpoint(path, from.parts());
  save_checkpoint(first, to.parts());
  const std::string after = from.bits(), before = to.bits(), file = reel_test::read_file(path);
  REQUIRE(after != before);
  const auto is_whole = [&] { return reel_test::read_file(path) == file; };
  CHECK(reel_test::count_failed_allocations([] {}, [&] { save_checkpoint(path, from.parts()); }, is_whole) >
        100);
  const int failures = reel_test::count_failed_allocations([&] { load_checkpoint(first, to.parts()); },
                                                           [&] { load_checkpoint(path, to.parts()); },
                                                           [&] { return to.bits() == before; });
  CHECK(failures > 100);
  CHECK(to.bits() == after);
}

TEST_CASE("Where any allocation of a step fails, parameters, gradients and optimiser are as before") {
  check<SGD>(SGDOptions{.lr = 0.1, .momentum = 0.9});
  check<Adam>(AdamOptions{});
  check<Muon>(MuonOptions{.adamw = {.amsgrad = true}});
}

namespace {

// What leads to a command each time, and the command.
struct SteppedLine {
  std::string line;
  std::vector<std::string> before;
};

std::vector<SteppedLine> stepped_lines(const std::string& page) {
  std::vector<SteppedLine> lines{{"rerun", {"reset", "set w[0,0,1,0] 2"}},
                                 {"reset", {"set w[0,0,1,0] 2", "rerun"}},
                                 {"skip", {"predict off", "goto 3", "predict on", "s"}},
                                 {"9", {"predict off", "goto 3", "predict on", "s"}},
                                 {"html " + page, {}},
                                 {"fwd", {"goto 0"}},
                                 {"bwd", {"goto 0"}},
                                 {"until dz", {"goto 0"}},
                                 {"b", {"goto 4"}},
                                 {"s 2", {"goto 4"}}};
  for (const char* looks : {"help", "list", "where", "cost", "break conv2d", "break off", "print z",
                            "grad w[0,0,:,1]", "why dw[0,0,1,0]", "why! z[0,0,1,0]", "check w[0,0,1,0]",
                            "path x[0,0,1,1]", "uses x[0,0,1,1]", "window z[0,0,1,0]", "matmul p",
                            "rf z[0,0,1,0]", "break-it flip", "set x[0,0,0,0] 3", "predict off"}) {
    lines.push_back({looks, {"predict off", "bwd"}});
  }
  return lines;
}

}  // namespace

TEST_CASE("Where any allocation of a stepper's command fails, the session is as before and goes on") {
  const reel_test::TempDir folder;
  Tape tape;
  const Var x = tape.variable(reel_test::uniform({1, 1, 3, 3}, -1, 1, 1)).named("x");
  const Var w = tape.variable(reel_test::uniform({1, 1, 2, 2}, -1, 1, 2)).named("w");
  const Var p = conv1x1(x, tape.variable(Tensor::full({1, 1, 1, 1}, 2))).named("p");
  const Var z = conv2d(p, w).named("z");
  const Var loss = sum(relu(z)).named("loss");
  for (const bool json : {false, true}) {
    inspect::Stepper stepper(tape, loss, {.json = json, .columns = 50});
    for (const SteppedLine& command : stepped_lines(folder.path() / "page.html")) {
      CAPTURE(command.line);
      const auto prepare = [&] {
        stepper.respond("skip");
        for (const std::string& line : command.before) stepper.execute(line);
      };
      std::string expected, before, answer;
      for (const bool expects : {true, false}) {
        prepare();
        before = stepper.execute("where");
        if (expects) expected = stepper.execute(command.line);
      }
      const int failures = reel_test::count_failed_allocations(
          prepare,
          [&] {
            answer = stepper.execute(command.line);
            if (answer != expected) throw Error("another answer: " + answer);
          },
          [&] { return stepper.execute("where") == before; }, 20);
      CHECK(failures > 10);
      CHECK(answer == expected);
    }
  }
}

TEST_CASE("What throws although no allocation failed is a failure, not a loop without an end" *
          doctest::should_fail()) {
  reel_test::count_failed_allocations([] {}, [] { throw Error("as always"); }, [] { return true; });
}

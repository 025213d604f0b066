// Training in shards: what a shard computes, what becomes of all of them, and that the number of processes, which are
// threads here, does not matter.
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reel/reel.h>

#include "../close.h"
#include "../small_training.h"
#include "sharded_training.h"
#include "thread_processes.h"

using namespace reel;
using namespace reel_test;

namespace {

// The state of the net and the mean losses after two epochs.
struct Trained {
  State net;
  std::vector<double> losses = {};
};

Trained train(ShardNet& net, DataParallelOptions options, Communicator& processes) {
  Loader loader{digits(), shuffled()};
  Adam adam{net.parameters(), {.lr = 0.01}};
  DataParallel parallel{net, loader, options, processes};
  Trained result;
  for (int epoch = 0; epoch < 2; epoch++) {
    for (const Batch& batch : loader) {
      adam.zero_grad();
      result.losses.push_back(parallel.backward(batch, loss_of(net)).loss);
      adam.step();
    }
  }
  result.net = net.state().clone();
  return result;
}

// Of each of so many processes, which are all the same.
Trained train_on(int processes, DataParallelOptions options) {
  const auto nets = make_nets(processes);
  std::vector<Trained> trained(static_cast<std::size_t>(processes));
  run_as_processes(processes, [&](Communicator& process) {
    const auto rank = static_cast<std::size_t>(process.rank());
    trained[rank] = train(*nets[rank], options, process);
  });
  for (const Trained& one : trained) {
    CHECK(reel_test::same(one.net, trained[0].net));
    CHECK(one.losses == trained[0].losses);
  }
  return trained[0];
}

// Either may be undefined.
void add(const Tensor& gradient, Tensor& to) {
  if (!gradient.defined()) return;
  if (!to.defined()) {
    to = gradient.clone();
    return;
  }
  for (Index k = 0; k < gradient.numel(); k++) to.mutable_data()[k] += gradient.data()[k];
}

// A function of its own: in one expression with an addition, a compiler may round both at once.
template <class T>
[[gnu::noinline]] T product(T a, T b) {
  return a * b;
}

}  // namespace

TEST_CASE("one shard is a plain training, bit for bit") {
  const auto net = make_net(), plain = make_net();
  const Trained sharded = train(*net, {.shards = 1}, alone());
  Loader loader{digits(), shuffled()};
  Adam adam{plain->parameters(), {.lr = 0.01}};
  std::vector<double> losses;
  for (int epoch = 0; epoch < 2; epoch++) {
    for (const auto& [images, labels] : loader) {
      Tape tape;
      const Var loss = cross_entropy((*plain)(tape.input(images)), labels);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
      losses.push_back(static_cast<double>(loss.item()));
    }
  }
  CHECK(same(sharded.net, plain->state()));
  CHECK(sharded.losses == losses);
}

TEST_CASE("the gradient is that of shards made by hand, added as ((0+1)+2)") {
  const auto net = make_net(), by_hand = make_net();
  Loader loader{digits(), shuffled()};
  const Batch batch = *loader.begin();
  DataParallel parallel{*net, loader, {.shards = 3}};
  const BatchResult result = parallel.backward(batch, loss_of(*net));

  const State before = by_hand->state().clone();
  double loss = 0;
  std::vector<Tensor> sums(by_hand->parameters().size());
  Tensor mean = Tensor::zeros({3});
  for (Index shard = 0; shard < 3; shard++) {
    by_hand->load_state(before);
    by_hand->zero_grad();
    Tape tape;
    const Batch samples = batch.rows(4 * shard, 4 * shard + 4);
    const Var of_shard = cross_entropy((*by_hand)(tape.input(samples.images)), samples.labels);
    const double third = 1.0 / 3;
    tape.backward(of_shard, Tensor::full({}, static_cast<Scalar>(third)));
    loss += product(third, static_cast<double>(of_shard.item()));
    for (std::size_t i = 0; i < sums.size(); i++) add(by_hand->parameters()[i]->grad, sums[i]);
    for (Index c = 0; c < 3; c++)
      mean.mutable_data()[c] += product(static_cast<Scalar>(third), by_hand->norm.running_mean.data()[c]);
  }
  CHECK(result.loss == loss);
  CHECK(same_bits(net->norm.running_mean, mean));
  CHECK(net->norm.num_batches_tracked == 1);
  for (std::size_t i = 0; i < sums.size(); i++) {
    const Parameter& parameter = *net->parameters()[i];
    CAPTURE(parameter.name);
    REQUIRE(parameter.grad.defined() == sums[i].defined());
    if (sums[i].defined()) CHECK(same_bits(parameter.grad, sums[i]));
  }
  CHECK_FALSE(net->unused.weight.grad.defined());
}

TEST_CASE("any number of processes gives the same bits, with and without overlap") {
  const auto net = make_net();
  const Trained expected = train(*net, {.shards = 5}, alone());
  CHECK(std::isfinite(expected.losses.back()));
  for (const int processes : {1, 2, 3, 4, 5}) {
    for (const bool overlap : {true, false}) {
      CAPTURE(processes);
      CAPTURE(overlap);
      const Trained trained = train_on(processes, {.shards = 5, .overlap = overlap, .check_every = 3});
      CHECK(same(trained.net, expected.net));
      CHECK(trained.losses == expected.losses);
    }
  }
  const auto other = make_net();
  CHECK_FALSE(same(train(*other, {.shards = 4}, alone()).net, expected.net));
}

TEST_CASE("a network of many buckets gives the same bits, whichever of them may talk") {
  const auto make_wide = [] {
    seed(2);
    return Sequential{Flatten{},        Linear{784, 200}, ReLU{},           Linear{200, 700},
                      Linear{700, 200}, Linear{200, 700}, Linear{700, 200}, Linear{200, 10}};
  };
  const auto weights_of = [&](int processes, bool overlap) {
    std::vector<Sequential> nets;
    for (int i = 0; i < processes; i++) nets.push_back(make_wide());
    run_as_processes(processes, [&](Communicator& process) {
      Sequential& net = nets[static_cast<std::size_t>(process.rank())];
      Loader loader{digits(), shuffled()};
      SGD sgd{net.parameters(), {.lr = 0.1}};
      DataParallel parallel{net, loader, {.shards = 4, .overlap = overlap}, process};
      for (const Batch& batch : loader) {
        sgd.zero_grad();
        parallel.backward(batch, loss_of(net));
        sgd.step();
      }
    });
    return nets[0].state().clone();
  };
  const State expected = weights_of(1, true);
  CHECK(same(weights_of(2, true), expected));
  CHECK(same(weights_of(3, false), expected));
  CHECK(same(weights_of(4, true), expected));
}

TEST_CASE("a batch of fewer samples than shards leaves some of them empty") {
  const GeneratedDigits few{3, 3};
  const auto gradient = [&](Index shards, int processes) {
    const auto nets = make_nets(processes);
    run_as_processes(processes, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      Loader loader{few, {.batch = 8, .seed = 1}};
      DataParallel parallel{net, loader, {.shards = shards}, process};
      for (const Batch& batch : loader) {
        const BatchResult result = parallel.backward(batch, [&](Tape& tape, const Batch& shard) {
          return ShardResult{cross_entropy(net(tape.input(shard.images)), shard.labels),
                             {static_cast<double>(shard.size()), 1}};
        });
        CHECK(result.sums == std::vector<double>{3, 3});  // samples, and shards that are not empty
      }
      CHECK(net.norm.num_batches_tracked == 1);
    });
    return nets[0]->conv.weight.grad;
  };
  const Tensor expected = gradient(8, 1);
  CHECK(same_bits(gradient(8, 3), expected));
  CHECK(same_bits(gradient(8, 8), expected));
  CHECK(same_bits(gradient(3, 2), expected));
}

TEST_CASE("gradients of several batches add up") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  const Batch batch = *loader.begin();
  DataParallel parallel{*net, loader, {.shards = 2}};
  parallel.backward(batch, loss_of(*net));
  const Tensor once = net->last.weight.grad.clone();
  net->load_state(make_net()->state());
  parallel.backward(batch, loss_of(*net));
  for (Index i = 0; i < once.numel(); i++) CHECK(net->last.weight.grad.data()[i] == 2 * once.data()[i]);
}

TEST_CASE("dropout's numbers are a shard's own, and the same in a step that is repeated") {
  seed(3);
  Sequential net{Flatten{}, Linear{784, 10}};
  Loader loader{digits(), shuffled()};
  DataParallel parallel{net, loader, {.shards = 4}};
  const Batch batch = *loader.begin();
  const auto masks = [&] {
    std::vector<Tensor> found;
    parallel.backward(batch, [&](Tape& tape, const Batch& shard) {
      const Var dropped = dropout(tape.input(Tensor::ones({50})), 0.5);
      found.push_back(dropped.value());
      return cross_entropy(net(tape.input(shard.images)), shard.labels);
    });
    return found;
  };
  const GeneratorState before = generator_state();
  const std::vector<Tensor> first = masks();
  CHECK(generator_state() == GeneratorState{before.seed, before.next_stream + 1});
  const std::vector<Tensor> second = masks();
  set_generator_state(before);
  const std::vector<Tensor> again = masks();
  for (std::size_t i = 0; i < 4; i++) {
    CHECK(same_bits(first[i], again[i]));
    CHECK_FALSE(same_bits(first[i], second[i]));
    CHECK_FALSE(same_bits(first[i], first[(i + 1) % 4]));
  }
}

TEST_CASE("one shard draws the random numbers of a plain training") {
  seed(3);
  Sequential net{Flatten{}, Dropout{0.5}, Linear{784, 10}};
  Loader loader{digits(), shuffled()};
  DataParallel parallel{net, loader, {.shards = 1}};
  const Batch batch = *loader.begin();
  const GeneratorState before = generator_state();
  Tape tape;
  tape.backward(cross_entropy(net(tape.input(batch.images)), batch.labels));
  const Tensor plain = net.parameters()[0]->grad;
  net.zero_grad();
  set_generator_state(before);
  parallel.backward(batch, loss_of(net));
  CHECK(same_bits(net.parameters()[0]->grad, plain));
}

TEST_CASE("a buffer that no shard changes keeps its bits") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  DataParallel parallel{*net, loader, {.shards = 7}};
  net->norm.running_var.fill(Scalar(0.1));
  net->norm.eval();
  parallel.backward(*loader.begin(), loss_of(*net));
  CHECK(same_bits(net->norm.running_var, Tensor::full({3}, Scalar(0.1))));
  CHECK(net->norm.num_batches_tracked == 0);
}

TEST_CASE("a parameter or a buffer whose shape has changed since gets room for its numbers") {
  const auto net = make_net(), other = make_net();
  Loader loader{digits(), shuffled()};
  const Batch batch = *loader.begin();
  DataParallel parallel{*net, loader, {.shards = 3}};
  for (ShardNet* each : {net.get(), other.get()}) {
    each->last.weight.value = Tensor::full({1000, 3}, Scalar(0.5));
    each->last.bias.value = Tensor::zeros({1000});
  }
  DataParallel afterwards{*other, loader, {.shards = 3}};
  parallel.backward(batch, loss_of(*net));
  afterwards.backward(batch, loss_of(*other));
  CHECK(same_bits(net->last.weight.grad, other->last.weight.grad));

  struct Table : Module {
    Tensor& rows = add_buffer("rows", Tensor::zeros({2}));
    Linear& fc = add("fc", Linear{784, 10});
    Var forward(Var x) override { return fc(flatten(x)); }
  } table;
  DataParallel of_table{table, loader, {.shards = 3}};
  of_table.backward(batch, loss_of(table));
  table.rows = Tensor::ones({5000});
  of_table.backward(batch, loss_of(table));
  CHECK(same_bits(table.rows, Tensor::ones({5000})));
}

TEST_CASE("the loader gives whole batches again when it is over") {
  const auto nets = make_nets(2);
  run_as_processes(2, [&](Communicator& process) {
    ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
    Loader loader{digits(), shuffled()};
    {
      const DataParallel parallel{net, loader, {.shards = 4}, process};
      CHECK(loader.begin()->size() == 6);
    }
    CHECK(loader.begin()->size() == 12);
    CHECK(loader.begin()->whole == 0);
  });
}

TEST_CASE("a parameter that only some shards use, and one that is frozen, get what they would get alone") {
  const auto gradients = [](int processes) {
    const auto nets = make_nets(processes);
    run_as_processes(processes, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      Loader loader{digits(), shuffled()};
      net.twice.bias.trainable = false;
      DataParallel parallel{net, loader, {.shards = 4}, process};
      for (const Batch& batch : loader) {
        parallel.backward(batch, [&](Tape& tape, const Batch& shard) {
          const Var loss = loss_of(net)(tape, shard).loss;
          return shard.labels[0] % 2 ? loss : loss + sum(net.unused(tape.input(Tensor::ones({1, 2}))));
        });
      }
      CHECK_FALSE(net.twice.bias.grad.defined());
    });
    return std::pair(nets[0]->unused.weight.grad, nets[0]->last.weight.grad);
  };
  const auto expected = gradients(1);
  REQUIRE(expected.first.defined());
  const auto on_three = gradients(3);
  CHECK(same_bits(on_three.first, expected.first));
  CHECK(same_bits(on_three.second, expected.second));
}

TEST_CASE("a buffer becomes the mean over the shards, each counting by its samples") {
  struct Counting : Module {
    Tensor& samples = add_buffer("samples", Tensor::zeros({1}));
    Linear& fc = add("fc", Linear{784, 10});
    Var forward(Var x) override {
      samples.fill(static_cast<Scalar>(x.shape()[0]));
      return fc(flatten(x));
    }
  } net;
  Loader loader{digits(), shuffled()};
  DataParallel parallel{net, loader, {.shards = 5}};
  parallel.backward(*loader.begin(), loss_of(net));  // 3, 2, 3, 2 and 2 samples
  CHECK_CLOSE(net.samples, Tensor::full({1}, Scalar((9 + 4 + 9 + 4 + 4) / 12.0)));
}

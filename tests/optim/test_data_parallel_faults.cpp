// Training in shards, where something is wrong: what is said, by which process, and what has not changed.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reel/reel.h>

#include "../small_training.h"
#include "sharded_training.h"
#include "thread_processes.h"

using namespace reel;
using namespace reel_test;

namespace {

// Whether some of what is made now lies there.
bool is_free(std::span<const std::byte> room) {
  std::vector<std::vector<std::byte>> made;
  for (int i = 0; i < 100; i++) {
    const auto& bytes = made.emplace_back(room.size());
    const auto* begin = bytes.data();
    if (begin < room.data() + room.size() && room.data() < begin + bytes.size()) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("where a shard throws, nothing has changed") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  DataParallel parallel{*net, loader, {.shards = 3}};
  const Batch batch = *loader.begin();
  parallel.backward(batch, loss_of(*net));
  const State before = net->state().clone();
  const GeneratorState generator = generator_state();
  const Tensor gradient = net->conv.weight.grad.clone();
  int shards = 0;
  CHECK_THROWS_WITH_AS(parallel.backward(batch,
                                         [&](Tape& tape, const Batch& shard) -> ShardResult {
                                           const Var loss =
                                               cross_entropy((*net)(tape.input(shard.images)), shard.labels);
                                           if (++shards == 2) throw Error("no more");
                                           return loss;
                                         }),
                       "shard 1 of 3, 4 samples: no more", Error);
  CHECK(same(net->state(), before));
  CHECK(generator_state() == generator);
  CHECK(same_bits(net->conv.weight.grad, gradient));
  parallel.backward(batch, loss_of(*net));  // and it goes on
}

TEST_CASE("what does not fit is said") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  const Batch batch = *loader.begin();
  CHECK_THROWS_WITH_AS(DataParallel(*net, loader, {.shards = 0}), doctest::Contains("shards is 0"), Error);
  DataParallel parallel{*net, loader, {.shards = 3}};
  const auto loss_of_each = [&](Tape& tape, const Batch& shard) {
    return cross_entropy((*net)(tape.input(shard.images)), shard.labels, {.reduction = Reduction::kNone});
  };
  CHECK_THROWS_WITH_AS(parallel.backward(batch, loss_of_each),
                       doctest::Contains("a shard's loss is [4], one number is expected"), ShapeError);
  CHECK_THROWS_WITH_AS(parallel.backward(batch.rows(0, 0), loss_of(*net)),
                       doctest::Contains("the batch is empty"), Error);
  TapeOptions with_sink;
  with_sink.gradient_sink = [](Parameter&, const Tensor&) {};
  CHECK_THROWS_WITH_AS(parallel.backward(batch, loss_of(*net), with_sink),
                       doctest::Contains("the tape's gradient_sink is its own"), Error);
  Linear stranger{10, 10};
  const auto loss_of_stranger = [&](Tape& tape, const Batch& shard) {
    return cross_entropy(stranger((*net)(tape.input(shard.images))), shard.labels);
  };
  CHECK_THROWS_WITH_AS(parallel.backward(batch, loss_of_stranger),
                       doctest::Contains("no part of the module that it was given"), Error);
}

TEST_CASE("too many numbers to sum, or not as many in each shard, are an error that changes nothing") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  const Batch batch = *loader.begin();
  DataParallel parallel{*net, loader, {.shards = 3}};
  parallel.backward(batch, loss_of(*net));
  const Tensor gradient = net->conv.weight.grad.clone();
  const auto give = [&](const std::vector<std::size_t>& counts) {
    std::size_t shards = 0;
    parallel.backward(batch, [&](Tape& tape, const Batch& shard) {
      return ShardResult{loss_of(*net)(tape, shard).loss, std::vector<double>(counts[shards++])};
    });
  };
  CHECK_THROWS_WITH_AS(give({17, 17, 17}), doctest::Contains("17 numbers to sum, 16 are the most"), Error);
  CHECK_THROWS_WITH_AS(give({2, 1, 2}), doctest::Contains("each must give as many"), Error);
  CHECK_THROWS_WITH_AS(give({1, 3, 2}), doctest::Contains("each must give as many"), Error);
  CHECK(same_bits(net->conv.weight.grad, gradient));
  give({16, 16, 16});
}

TEST_CASE("processes that are not alike are told at the start, by name and host") {
  const auto start = [](int rank_of_other, const std::function<void(ShardNet&, LoaderOptions&)>& change) {
    const auto nets = make_nets(3);
    run_as_processes(3, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      LoaderOptions options = shuffled();
      if (process.rank() == rank_of_other) change(net, options);
      Loader loader{digits(), options};
      DataParallel parallel{net, loader, {}, process};
    });
  };
  start(1, [](ShardNet&, LoaderOptions&) {});
  CHECK_THROWS_WITH_AS(start(2, [](ShardNet&, LoaderOptions& options) { options.seed = 6; }),
                       "the processes are not alike: the loader's seed is 5 on process 0 on host-a and 1 "
                       "other, 6 on process 2 "
                       "on host-c",
                       Error);
  CHECK_THROWS_WITH_AS(
      start(1, [](ShardNet&, LoaderOptions& options) { options.batch = 13; }),
      "the processes are not alike: the loader's batch is 12 on process 0 on host-a and 1 other, 13 on "
      "process 1 on host-b",
      Error);
  CHECK_THROWS_WITH_AS(start(2, [](ShardNet&, LoaderOptions& options) { options.drop_last = true; }),
                       "the processes are not alike: the loader's drop_last is false on process 0 on host-a "
                       "and 1 other, true on process 2 on host-c",
                       Error);
  CHECK_THROWS_WITH_AS(
      start(1, [](ShardNet&, LoaderOptions& options) { options.shuffle = false; }),
      doctest::Contains(
          "the loader's order is shuffled on process 0 on host-a and 1 other, the data set's on "),
      Error);
  CHECK_THROWS_WITH_AS(start(1, [](ShardNet& net, LoaderOptions&) { net.conv.weight.trainable = false; }),
                       doctest::Contains("the network is "), Error);
  CHECK_THROWS_WITH_AS(start(1,
                             [](ShardNet& net, LoaderOptions&) {
                               net.conv.weight.value = Tensor::zeros({3, 1, 3, 3});
                             }),
                       doctest::Contains("the network is "), Error);
}

TEST_CASE("other data on one process is told at the start") {
  const auto nets = make_nets(2);
  CHECK_THROWS_WITH_AS(
      run_as_processes(
          2,
          [&](Communicator& process) {
            const GeneratedDigits own{kSamples, static_cast<std::uint64_t>(process.rank())};
            Loader loader{own, shuffled()};
            DataParallel parallel{*nets[static_cast<std::size_t>(process.rank())], loader, {}, process};
          }),
      doctest::Contains("the training set is 44 samples, checksum "), Error);
}

TEST_CASE("weights that have come apart are told by the process that has them") {
  const auto nets = make_nets(3);
  CHECK_THROWS_WITH_AS(run_as_processes(3,
                                        [&](Communicator& process) {
                                          ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
                                          Loader loader{digits(), shuffled()};
                                          DataParallel parallel{net, loader, {.check_every = 2}, process};
                                          for (const Batch& batch : loader) {
                                            parallel.backward(batch, loss_of(net));
                                            if (process.rank() == 1)
                                              net.last.bias.value.set(3, Scalar(0.125));
                                          }
                                        }),
                       doctest::Contains(" on process 1 on host-b"), DisagreementError);
}

TEST_CASE("too many processes for the shards are an error, and so is a batch that another process needs") {
  const auto nets = make_nets(3);
  const auto run = [&](Index shards, bool other_loader) {
    run_as_processes(3, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      Loader loader{digits(), shuffled()}, other{digits(), shuffled()};
      DataParallel parallel{net, loader, {.shards = shards}, process};
      other.set_shards(3, 2, 3);
      if (process.rank() == 0)
        parallel.backward(other_loader ? *other.begin() : *loader.begin(), loss_of(net));
      throw Error("it has begun");
    });
  };
  CHECK_THROWS_WITH_AS(run(2, false), doctest::Contains("there are 3 processes for 2 shards"), Error);
  CHECK_THROWS_WITH_AS(run(3, true), doctest::Contains("the batch has the samples 8 to 11 of 12"), Error);
}

TEST_CASE("a process whose step failed takes no part in others: no sum is made of two batches") {
  const auto nets = make_nets(2);
  CHECK_THROWS_WITH_AS(
      run_as_processes(2,
                       [&](Communicator& process) {
                         const auto rank = static_cast<std::size_t>(process.rank());
                         Loader loader{digits(), shuffled()};
                         DataParallel parallel{*nets[rank], loader, {.shards = 2}, process};
                         int failed = 0;
                         for (const Batch& batch : loader) {
                           try {
                             parallel.backward(batch, [&](Tape& tape, const Batch& shard) -> ShardResult {
                               if (rank == 1 && failed == 0) throw Error("a bad batch");
                               return loss_of(*nets[rank])(tape, shard);
                             });
                           } catch (const Error& error) {
                             if (++failed == 1) continue;
                             throw;
                           }
                         }
                       }),
      doctest::Contains("a step failed at process 1 on host-b, and the others wait for it; end the program"),
      Error);
  CHECK(nets[0]->conv.weight.grad.defined() == false);
}

TEST_CASE("a process that an exception ends between two steps has given up, too") {
  const auto nets = make_nets(2);
  run_as_processes(2, [&](Communicator& process) {
    const auto train = [&] {
      Loader loader{digits(), shuffled()};
      DataParallel parallel{*nets[static_cast<std::size_t>(process.rank())], loader, {}, process};
      if (process.rank() == 1) throw Error("no more");
    };
    if (process.rank() == 0) {
      train();
    } else {
      CHECK_THROWS_WITH_AS(train(), "no more", Error);
    }
    CHECK(process.has_given_up() == (process.rank() == 1));
  });
}

TEST_CASE("a grad that was set to another shape is an error, as in a plain training") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()};
  DataParallel parallel{*net, loader, {.shards = 3}};
  net->last.weight.grad = Tensor::zeros({20, 3});
  CHECK_THROWS_WITH_AS(parallel.backward(*loader.begin(), loss_of(*net)),
                       doctest::Contains("is [10,3], its grad was set to [20,3]"), ShapeError);
}

TEST_CASE("what two processes freeze otherwise, or another batch on one, is told: sums are of the same") {
  const auto nets = make_nets(2);
  const auto run = [&](const std::function<void(ShardNet&, int)>& change, Index samples_of_last) {
    run_as_processes(2, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      Loader loader{digits(), shuffled()}, whole{digits(), shuffled()};
      DataParallel parallel{net, loader, {.shards = 4}, process};
      change(net, process.rank());
      parallel.backward((*whole.begin()).rows(0, process.rank() == 1 ? samples_of_last : 12), loss_of(net));
    });
  };
  run([](ShardNet&, int) {}, 12);
  CHECK_THROWS_WITH_AS(
      run([](ShardNet&, int) {}, 11),
      "the processes are not alike: the batch is 12 samples on process 0 on host-a, 11 samples "
      "on process 1 on host-b",
      DisagreementError);
  CHECK_THROWS_WITH_AS(
      run([](ShardNet& net, int rank) { (rank == 0 ? net.norm.weight : net.norm.bias).trainable = false; },
          12),
      doctest::Contains("what is trained is 9 parameters, checksum "), DisagreementError);
}

TEST_CASE("what one process alone has frozen is told by all, though messages are others then or never come") {
  for (const std::size_t frozen : {0u, 3u}) {  // a weight, 0.6 MB, alone in a message; a bias, with others
    for (const int freezes : {0, 1}) {
      std::vector<Sequential> nets;
      for (int i = 0; i < 2; i++)
        nets.push_back(Sequential{Flatten{}, Linear{784, 200}, ReLU{}, Linear{200, 10}});
      run_as_processes(2, [&](Communicator& process) {
        Sequential& net = nets[static_cast<std::size_t>(process.rank())];
        Loader loader{digits(), shuffled()};
        DataParallel parallel{net, loader, {.shards = 2}, process};
        if (process.rank() == freezes) net.parameters()[frozen]->trainable = false;
        CHECK_THROWS_WITH_AS(parallel.backward(*loader.begin(), loss_of(net)),
                             doctest::Contains("what is trained is "), DisagreementError);
        CHECK(process.has_given_up());
      });
    }
  }
}

TEST_CASE("a batch that one process leaves out is told at the next, by all") {
  const auto nets = make_nets(3);
  run_as_processes(3, [&](Communicator& process) {
    ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
    Loader loader{digits(), shuffled()};
    DataParallel parallel{net, loader, {.shards = 4}, process};
    const auto train = [&] {
      for (const Batch& batch : loader) {
        if (process.rank() == 1 && loader.position() == 2) continue;
        parallel.backward(batch, loss_of(net));
      }
    };
    CHECK_THROWS_WITH_AS(
        train(),
        "the processes are not alike: the loader's place is epoch 0, batch 2 of 4 on process 0 on "
        "host-a and 1 other, epoch 0, batch 3 of 4 on process 1 on host-b",
        DisagreementError);
    CHECK(loader.position() == (process.rank() == 1 ? 3 : 2));
    CHECK(process.has_given_up());
  });
}

TEST_CASE("whatever a step throws before its shards are computed, the process has given up") {
  const auto nets = make_nets(2);
  const auto fail = [&](const std::function<void(DataParallel&, const Batch&, ShardNet&)>& step) {
    run_as_processes(2, [&](Communicator& process) {
      ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
      Loader loader{digits(), shuffled()};
      DataParallel parallel{net, loader, {.shards = 4}, process};
      if (process.rank() == 1) CHECK_THROWS_AS(step(parallel, *loader.begin(), net), Error);
      CHECK(process.has_given_up() == (process.rank() == 1));
    });
  };
  fail([](DataParallel& parallel, const Batch& batch, ShardNet& net) {
    parallel.backward(batch.rows(0, 0), loss_of(net));
  });
  fail([](DataParallel& parallel, const Batch& batch, ShardNet& net) {
    TapeOptions with_sink;
    with_sink.gradient_sink = [](Parameter&, const Tensor&) {};
    parallel.backward(batch, loss_of(net), with_sink);
  });
}

TEST_CASE("one shard is no part of a batch") {
  const auto net = make_net();
  Loader loader{digits(), shuffled()}, cut{digits(), shuffled()};
  DataParallel parallel{*net, loader, {.shards = 1}};
  cut.set_shards(2, 1, 2);
  CHECK_THROWS_WITH_AS(parallel.backward(*cut.begin(), loss_of(*net)),
                       doctest::Contains("the batch has the samples 6 to 11 of 12"), Error);
}

TEST_CASE("processes that are asked to end in the midst of a step change nothing, and have given up") {
  const auto nets = make_nets(2);
  const State before = nets[0]->state().clone();
  const InterruptScope interrupts;
  run_as_processes(2, [&](Communicator& process) {
    ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
    Loader loader{digits(), shuffled()};
    DataParallel parallel{net, loader, {.shards = 4}, process};
    const Batch batch = *loader.begin();
    const auto asked_to_end = [&](Tape& tape, const Batch& shard) {
      ShardResult result = loss_of(net)(tape, shard);
      if (process.rank() == 1) std::raise(SIGTERM);
      return result;
    };
    CHECK_THROWS_AS(parallel.backward(batch, asked_to_end), Interrupted);
    CHECK(same(net.state(), before));
    CHECK_FALSE(net.conv.weight.grad.defined());
    CHECK(process.has_given_up());
  });
}

TEST_CASE("what comes to a process after it was interrupted goes to memory that still is its own") {
  const auto nets = make_nets(2);
  std::optional<InterruptScope> interrupts(std::in_place);
  std::latch second_has_begun{1}, first_has_left{1};
  const auto run = [&](ThreadProcess& process) {
    ShardNet& net = *nets[static_cast<std::size_t>(process.rank())];
    Loader loader{digits(), shuffled()};
    DataParallel parallel{net, loader, {.shards = 2}, process};
    parallel.backward(*loader.begin(), [&](Tape& tape, const Batch& shard) {
      if (process.rank() == 0) {
        second_has_begun.wait();
        process.when_it_waits = [] { std::raise(SIGTERM); };
      } else {
        second_has_begun.count_down();
        first_has_left.wait();
      }
      return loss_of(net)(tape, shard);
    });
  };
  const auto be_first = [&](ThreadProcess& process) {
    CHECK_THROWS_AS(run(process), Interrupted);
    interrupts.reset();
    const auto rooms = process.awaited();
    CHECK(rooms.size() == 3);  // for gradients, buffers and other numbers
    for (const auto room : rooms) CHECK_FALSE(is_free(room));
    first_has_left.count_down();
    throw Error("the first has left");
  };
  CHECK_THROWS_WITH_AS(
      run_as_processes(
          2, [&](ThreadProcess& process) { process.rank() == 0 ? be_first(process) : run(process); }),
      "the first has left", Error);
}

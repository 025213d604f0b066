#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <reel/optim/parallel/detail/shard_tree.h>

using namespace reel;
using namespace reel::detail;

namespace {

// A process of a run of the steps on texts, which are added as "(a+b)".
struct Process {
  std::vector<TreeStep> steps;
  std::map<int, std::string> nodes = {};
  std::size_t step = 0;
};

// Runs the steps of all processes, a message at a time, until none can go on.
std::vector<Process> run(const ShardTree& tree) {
  std::vector<Process> all;
  for (int p = 0; p < tree.processes; p++) {
    Process& process = all.emplace_back(Process{tree_steps(tree, p)});
    for (int shard = tree.first(p); shard < tree.first(p + 1); shard++)
      process.nodes[shard] = fmt::format("{}", shard);
  }
  std::map<std::pair<int, int>, std::deque<std::string>> on_their_way;
  for (bool moved = true; moved;) {
    moved = false;
    for (int p = 0; p < tree.processes; p++) {
      Process& process = all[static_cast<std::size_t>(p)];
      while (process.step < process.steps.size()) {
        const TreeStep& step = process.steps[process.step];
        for (int shard = tree.first(p); shard < tree.first(p + 1); shard++) {
          const bool used = shard == step.node || (step.kind == TreeStep::Kind::kAdd && shard == step.other);
          if (used) CHECK(shard < step.needs);
        }
        if (step.kind == TreeStep::Kind::kAdd) {
          process.nodes.at(step.node) =
              fmt::format("({}+{})", process.nodes.at(step.node), process.nodes.at(step.other));
        } else if (step.kind == TreeStep::Kind::kSend) {
          on_their_way[{p, step.process}].push_back(process.nodes.at(step.node));
        } else {
          auto& messages = on_their_way[{step.process, p}];
          if (messages.empty()) break;
          process.nodes[step.node] = messages.front();
          messages.pop_front();
        }
        process.step++;
        moved = true;
      }
    }
  }
  for (const auto& [way, messages] : on_their_way) CHECK(messages.empty());
  return all;
}

}  // namespace

TEST_CASE("the sum over shards is the same tree on any number of processes") {
  const std::map<int, std::string> sums{{1, "0"},
                                        {2, "(0+1)"},
                                        {3, "((0+1)+2)"},
                                        {5, "(((0+1)+(2+3))+4)"},
                                        {7, "(((0+1)+(2+3))+((4+5)+6))"},
                                        {8, "(((0+1)+(2+3))+((4+5)+(6+7)))"}};
  for (const auto& [count, sum] : sums) {
    const auto shards = count;  // clang 14 captures no part of a binding
    for (int processes = 1; processes <= shards; processes++) {
      CAPTURE(shards);
      CAPTURE(processes);
      for (const Process& process : run({shards, processes})) {
        CHECK(process.step == process.steps.size());
        CHECK(process.nodes.at(0) == sum);
      }
    }
  }
}

TEST_CASE("shards are dealt to processes in equal runs") {
  for (int shards = 1; shards <= 20; shards++) {
    for (int processes = 1; processes <= shards; processes++) {
      const ShardTree tree{shards, processes};
      CHECK(tree.first(0) == 0);
      CHECK(tree.first(processes) == shards);
      for (int p = 0; p < processes; p++) {
        const int count = tree.first(p + 1) - tree.first(p);
        CHECK((count == shards / processes || count == (shards + processes - 1) / processes));
        for (int shard = tree.first(p); shard < tree.first(p + 1); shard++) CHECK(tree.owner(shard) == p);
      }
    }
  }
}

TEST_CASE("a step waits for the shards that it needs alone, so that gradients go on their way early") {
  // Of eight shards on two processes, the first has 0 to 3: their sum is made before the other's comes.
  const std::vector<TreeStep> steps = tree_steps({8, 2}, 0);
  using Kind = TreeStep::Kind;
  const std::vector<TreeStep> expected{{.kind = Kind::kAdd, .node = 0, .other = 1, .needs = 2},
                                       {.kind = Kind::kAdd, .node = 2, .other = 3, .needs = 4},
                                       {.kind = Kind::kAdd, .node = 0, .other = 2, .needs = 4},
                                       {.kind = Kind::kReceive, .node = 4, .process = 1, .needs = 4},
                                       {.kind = Kind::kAdd, .node = 0, .other = 4, .needs = 4},
                                       {.kind = Kind::kSend, .node = 0, .process = 1, .needs = 4}};
  CHECK(steps == expected);
}

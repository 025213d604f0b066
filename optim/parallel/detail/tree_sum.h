// Numbers that each shard has, summed along the tree. Internal to optim.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <reel/core/kernels/detail/elementwise.h>
#include <reel/optim/parallel/communicator.h>
#include <reel/optim/parallel/detail/shard_tree.h>

namespace reel::inline REEL_PRECISION::detail {

/// One sum at a time of `count` numbers T. It never waits: advance() does what can be done now.
template <class T>
class TreeSum {
 public:
  /// A tag of its own, 1 or more, tells its messages from others'.
  TreeSum(const ShardTree& tree, Communicator& processes, int tag, std::size_t count)
      : processes_(processes),
        tag_(tag),
        count_(count),
        first_(tree.first(processes.rank())),
        steps_(tree_steps(tree, processes.rank())),
        nodes_(static_cast<std::size_t>(tree.shards)) {}

  std::size_t count() const { return count_; }

  /// Begins the next sum.
  void start() {
    step_ = 0;
    ready_ = first_;
  }
  /// Room for the numbers of one of this process's shards, which come in order; what it holds is unspecified.
  std::span<T> open(int shard) { return room_of(shard); }
  /// They are there.
  void close(int shard) { ready_ = shard + 1; }

  /// True once the sum is there. Begins to send or receive only where it `may_talk`.
  bool advance(bool may_talk = true) {
    if (count_ == 0) return true;
    while (step_ < steps_.size()) {
      const TreeStep& step = steps_[step_];
      const bool begins_to_talk = step.kind != TreeStep::Kind::kAdd && !request_;
      if (step.needs > ready_ || (begins_to_talk && !may_talk) || !carry_out(step)) return false;
      step_++;
    }
    return true;
  }
  /// Whether a message is on its way, to or from memory of this sum.
  bool is_talking() const { return request_.has_value(); }
  std::span<const T> sum() const { return nodes_[0]; }

 private:
  // Whether it is done.
  bool carry_out(const TreeStep& step) {
    if (step.kind == TreeStep::Kind::kAdd) {
      add(nodes_[index(step.node)], nodes_[index(step.other)]);
      give_back(step.other);
      return true;
    }
    if (!request_) {
      request_ = step.kind == TreeStep::Kind::kSend
                     ? processes_.send(step.process, tag_, std::as_bytes(std::span(nodes_[index(step.node)])))
                     : processes_.receive(step.process, tag_, std::as_writable_bytes(room_of(step.node)));
    }
    if (!processes_.done(*request_)) return false;
    request_.reset();
    if (step.kind == TreeStep::Kind::kSend && step.node != 0) give_back(step.node);
    return true;
  }

  static void add(std::vector<T>& to, const std::vector<T>& from) {
    if constexpr (std::same_as<T, Scalar>) {
      kernels::add_in_place(to.data(), from.data(), std::ssize(to));
    } else {
      for (std::size_t i = 0; i < to.size(); i++) to[i] += from[i];
    }
  }

  static std::size_t index(int node) { return static_cast<std::size_t>(node); }
  std::span<T> room_of(int node) {
    std::vector<T>& room = nodes_[index(node)];
    if (room.empty() && !unused_.empty()) {
      room = std::move(unused_.back());
      unused_.pop_back();
    }
    room.resize(count_);
    return room;
  }
  void give_back(int node) { unused_.push_back(std::exchange(nodes_[index(node)], {})); }

  Communicator& processes_;
  int tag_;
  std::size_t count_;
  int first_;      // of this process's shards
  int ready_ = 0;  // its shards below are there
  std::vector<TreeStep> steps_;
  std::size_t step_ = 0;                          // the next
  std::optional<Communicator::Request> request_;  // of it
  std::vector<std::vector<T>> nodes_, unused_;
};

}  // namespace reel::inline REEL_PRECISION::detail

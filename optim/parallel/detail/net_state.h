// What the forward of a batch in shards makes of the buffers and counters of a net. Internal to optim.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/layers/running_state.h>

namespace reel::inline REEL_PRECISION::detail {

/// They as they were before the batch, from which every shard starts.
class NetState : public RunningState {
 public:
  using RunningState::RunningState;

  /// How many numbers tell what a shard changed, and how many the buffers have.
  std::size_t marks() const { return counters().size() + buffers().size(); }
  std::size_t buffer_numbers() const {
    std::size_t numbers = 0;
    for (const auto& [buffer, before] : buffers()) numbers += static_cast<std::size_t>(before.numel());
    return numbers;
  }
  /// What a shard made of them: `weight` times the buffers, one after another; and as marks how much it added to each
  /// counter, and whether it changed each buffer.
  void note_changes(double weight, std::span<Scalar> numbers, std::span<double> marks) const {
    auto to = numbers.begin();
    auto mark = marks.begin();
    for (const auto& [counter, before] : counters()) *mark++ = static_cast<double>(*counter - before);
    for (const auto& [buffer, before] : buffers()) {
      if (buffer->shape() != before.shape()) {
        throw ShapeError(fmt::format("DataParallel: a buffer {} became {} in the forward of a shard",
                                     before.shape(), buffer->shape()));
      }
      const auto now = std::as_const(*buffer).values();
      *mark++ = std::ranges::equal(now, before.values()) ? 0 : 1;
      for (const Scalar number : now) *to++ = static_cast<Scalar>(weight) * number;
    }
  }
  /// Makes them what so many shards made of them in the mean, from the sums of the above. What none has changed stays,
  /// rather than be rounded.
  void set_means(std::span<const Scalar> numbers, std::span<const double> marks, double shards) const {
    auto mark = marks.begin();
    for (const auto& [counter, before] : counters()) *counter = before + std::llround(*mark++ / shards);
    for (const auto& [buffer, before] : buffers()) {
      const auto count = static_cast<std::size_t>(buffer->numel());
      if (*mark++ > 0) std::ranges::copy(numbers.first(count), buffer->mutable_data());
      numbers = numbers.subspan(count);
    }
  }
};

}  // namespace reel::inline REEL_PRECISION::detail

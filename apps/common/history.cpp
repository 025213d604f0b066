#include "common/history.h"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reel/core/option_check.h>

namespace reel::apps {
namespace {

// Names and members, for a constant and a changing History alike.
template <class AHistory>
auto curves(AHistory& h) {
  return std::array{
      std::pair{"step_loss", &h.step_loss},        std::pair{"learning_rate", &h.learning_rate},
      std::pair{"train_loss", &h.train_loss},      std::pair{"train_cross_entropy", &h.train_cross_entropy},
      std::pair{"test_loss", &h.test_loss},        std::pair{"train_accuracy", &h.train_accuracy},
      std::pair{"test_accuracy", &h.test_accuracy}};
}
template <class AHistory>
auto integers(AHistory& h) {
  return std::array{std::pair{"step", &h.step}, std::pair{"images", &h.images},
                    std::pair{"correct", &h.correct}};
}
template <class AHistory>
auto reals(AHistory& h) {
  return std::array{std::pair{"loss_sum", &h.loss_sum}, std::pair{"cross_entropy_sum", &h.cross_entropy_sum},
                    std::pair{"seconds", &h.seconds}, std::pair{"best_accuracy", &h.best_accuracy}};
}

// [points, 2]
Tensor to_tensor(const Series& series) {
  Tensor tensor = Tensor::uninitialized({std::ssize(series.points), 2});
  Scalar* to = tensor.mutable_data();
  for (const auto& [x, y] : series.points) {
    *to++ = static_cast<Scalar>(x);
    *to++ = static_cast<Scalar>(y);
  }
  return tensor;
}

// Charts and metrics rely on it: a point for each step or epoch from 1 on.
void check_curve(const char* name, const Series& series, std::int64_t count) {
  if (std::ssize(series.points) != count) {
    throw FormatError(fmt::format("the history's state has {} points of {:?}, {} are expected",
                                  series.points.size(), name, count));
  }
  Scalar expected = 0;
  for (const auto& [x, y] : series.points) {
    expected++;
    if (x == static_cast<double>(expected)) continue;
    throw FormatError(
        fmt::format("the history's state has a point of {:?} at {}, {} is expected", name, x, expected));
  }
}

void check_consistent(const History& h) {
  for (const auto& [name, series] : curves(h)) {
    const bool of_steps = series == &h.step_loss || series == &h.learning_rate;
    check_curve(name, *series, of_steps ? h.step : std::ssize(h.train_loss.points));
  }
  if (h.step == 0 && h.images > 0)
    throw FormatError(
        fmt::format("the history's state has {} images, before the first step 0 is expected", h.images));
}

}  // namespace

State History::state() const {
  State state;
  for (const auto& [name, series] : curves(*this)) state.tensors[name] = to_tensor(*series);
  for (const auto& [name, value] : integers(*this)) state.integers[name] = *value;
  for (const auto& [name, value] : reals(*this)) state.reals[name] = *value;
  return state;
}

std::function<void()> History::prepare_load(const State& state) {
  State expected = this->state();
  for (auto& [name, tensor] : expected.tensors) {  // as long as the run was
    const auto found = state.tensors.find(name);
    if (found != state.tensors.end() && found->second.dim() == 2)
      tensor = Tensor::uninitialized({found->second.size(0), 2});
  }
  check_state(expected, state, "the history's state");
  for (const auto& [name, count] : state.integers) check_read_count("the history's state", name, count);
  History loaded;
  for (const auto& [name, series] : curves(loaded)) {
    const Tensor& points = state.tensors.at(name);
    for (Index i = 0; i < points.size(0); i++) {
      series->points.emplace_back(static_cast<double>(points.at(i, 0)), static_cast<double>(points.at(i, 1)));
    }
  }
  for (const auto& [name, value] : integers(loaded)) *value = state.integers.at(name);
  for (const auto& [name, value] : reals(loaded)) *value = state.reals.at(name);
  check_consistent(loaded);
  return [this, loaded = std::move(loaded)]() mutable { *this = std::move(loaded); };
}

}  // namespace reel::apps

// The explanation check of a test: the terms that an op gives for a number add up to it.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops/ops.h>

#include "close.h"
#include "gradcheck_support.h"

namespace reel_test {

/// One number that an event made is explained and is the sum of its terms.
inline void check_explained(const reel::inspect::Trace& trace, std::size_t event, reel::Index i) {
  using reel::inspect::Event;
  const Event& made = trace.events()[event];
  const std::string& op = trace.nodes()[made.op].op;
  const double stored = trace.number(event, i);
  const auto explanation = trace.explain(event, i, [](const reel::Term&) {});
  REQUIRE_MESSAGE(explanation, op, " explains nothing");
  CHECK_MESSAGE(!explanation->formula.empty(), op);
  if (explanation->sum == stored || (std::isnan(explanation->sum) && std::isnan(stored))) return;
  if (std::abs(explanation->sum - stored) <= kExplainTolerance * explanation->magnitude) return;
  const std::string of =
      made.kind == Event::Kind::kBackward ? fmt::format(", gradient of input {}", made.input) : "";
  FAIL_CHECK(fmt::format("{}{}{} is {}, its {} terms add up to {} ({})", op, of,
                         reel::index_text(trace.nodes()[made.node].shape, i), stored, explanation->terms,
                         explanation->sum, explanation->formula));
}

/// Every number that ops made in this trace, values and gradients.
inline void check_explained(const reel::inspect::Trace& trace) {
  using reel::inspect::Event;
  for (std::size_t event = 0; event < trace.events().size(); event++) {
    const Event& made = trace.events()[event];
    if (made.kind == Event::Kind::kLeaf || made.kind == Event::Kind::kSeed) continue;
    for (reel::Index i = 0; i < trace.made(event).numel(); i++) check_explained(trace, event, i);
  }
}

/// The same for f of variables, a function as gradcheck takes it. Where f gives more than one number, the
/// loss is their mean squared error against fixed random ones.
inline void check_explained(const std::function<reel::Var(std::span<const reel::Var>)>& f,
                            const std::vector<reel::Tensor>& inputs) {
  reel::Tape tape;
  std::vector<reel::Var> variables;
  for (const reel::Tensor& input : inputs) variables.push_back(tape.variable(input));
  const reel::Var y = f(variables);
  const reel::Var loss = y.numel() == 1 ? y : mse_loss(y, uniform(y.shape(), -1, 1, 99));
  check_explained(reel::inspect::Trace(tape, loss));
}

}  // namespace reel_test

/// CHECK_EXPLAINED(f, inputs...): every element of the output and of every gradient of f, a function of
/// span<const Var>, is the sum of the terms that its op gives.
#define CHECK_EXPLAINED(f, ...) reel_test::check_explained(f, {__VA_ARGS__})

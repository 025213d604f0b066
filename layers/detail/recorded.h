// What a network's forward records: what is exported. Internal to the exporters.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <reel/core/error.h>
#include <reel/core/location.h>
#include <reel/core/tape.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

using Forward = std::function<std::vector<Var>(std::span<const Var>)>;

Forward forward_of(Located<Module&> module);

struct Recorded {
  std::unique_ptr<Tape> tape;  ///< on which the facts of the nodes are good
  std::vector<NodeInfo> nodes;
  std::vector<std::size_t> inputs, outputs;

  /// By node, whether an output depends on it.
  std::vector<bool> used() const;
};

/// The program's generator begins each time where it is, and stays there.
Recorded record(const Forward& forward, const std::vector<Tensor>& inputs, Location where);

/// Random numbers, always the same; the program's generator stays as it is.
Tensor random_sample(const Shape& shape);
std::vector<Tensor> zeros_like(const std::vector<Tensor>& tensors);
bool same_bits(const Tensor& a, const Tensor& b);

/// Whether both took the same way, at the first node where they did not.
std::optional<std::size_t> first_difference(const Recorded& a, const Recorded& b);
/// A node of the longer of two, in quotes.
std::string node_text(const Recorded& a, const Recorded& b, std::size_t i);
/// What `other`, of another input, did otherwise: a sentence for each.
std::vector<std::string> notes_on(const Recorded& a, const Recorded& other);
/// An Error where forward draws random numbers: those of one run would be in the file.
void check_draws_nothing(std::string_view label, const Recorded& a, const Forward& forward,
                         const std::vector<Tensor>& inputs, Location where);

/// An Error about a node, with its op and layer.
template <class... Args>
[[noreturn]] void fail_at(std::string_view label, const NodeInfo& node, fmt::format_string<Args...> format,
                          Args&&... args) {
  throw Error(fmt::format("{}: {} {}", label, call_label(node.op, node.scope, node.where),
                          fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace reel::inline REEL_PRECISION

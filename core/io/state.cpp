// Named tensors and numbers put together, taken apart and compared.
#include <reel/core/io/state.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Calls f(kind, a's map, b's map) for the tensors, the integers and so on; `kind` tells names that are the same
// apart.
template <class A, class F>
void for_each_kind(A& a, const State& b, F&& f) {
  f("", a.tensors, b.tensors);
  f(" (integer)", a.integers, b.integers);
  f(" (real)", a.reals, b.reals);
  f(" (text)", a.texts, b.texts);
}

struct Differences {
  std::vector<std::string> missing, unexpected, misshaped;
  bool none() const { return missing.empty() && unexpected.empty() && misshaped.empty(); }
};

// Those of `all` that `some` lacks.
void add_lacking(const auto& all, const auto& some, std::string_view kind, std::vector<std::string>& names) {
  for (const auto& [name, value] : all) {
    if (!some.contains(name)) names.push_back(fmt::format("{:?}{}", name, kind));
  }
}

void compare_shapes(const State& expected, const State& found, Differences& differences) {
  for (const auto& [name, tensor] : expected.tensors) {
    const auto other = found.tensors.find(name);
    if (other == found.tensors.end() || other->second.shape() == tensor.shape()) continue;
    differences.misshaped.push_back(
        fmt::format("{:?} {} instead of {}", name, other->second.shape(), tensor.shape()));
  }
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 10;
  const std::size_t shown = std::min(names.size(), kMost);
  std::string text = fmt::format("{}", fmt::join(names.data(), names.data() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace

void State::merge(const std::string& prefix, const State& other) {
  for_each_kind(*this, other, [&](std::string_view, auto& all, const auto& more) {
    for (const auto& [name, value] : more)
      all.insert_or_assign(prefix.empty() ? name : prefix + "." + name, value);
  });
}

State State::part(const std::string& prefix) const {
  State result;
  const std::string start = prefix + ".";
  for_each_kind(result, *this, [&](std::string_view, auto& part, const auto& all) {
    for (auto it = all.lower_bound(start); it != all.end() && it->first.starts_with(start); ++it)
      part.emplace_hint(part.end(), it->first.substr(start.size()), it->second);
  });
  return result;
}

State State::clone() const {
  State copy = *this;
  std::unordered_map<const Scalar*, Tensor> clones;
  for (auto& [name, tensor] : copy.tensors) {
    Tensor& clone = clones[tensor.data()];
    if (!clone.defined()) clone = tensor.clone();
    tensor = clone.reshape(tensor.shape().sizes());  // tied tensors may differ in it
  }
  return copy;
}

std::vector<std::string> one_name_a_tensor(const State& state) {
  std::vector<std::string> names;
  std::unordered_set<const Scalar*> seen;
  for (const auto& [name, tensor] : state.tensors) {
    if (seen.insert(tensor.data()).second) names.push_back(name);
  }
  return names;
}

void check_state(const State& expected, const State& found, std::string_view what) {
  Differences differences;
  for_each_kind(expected, found, [&](std::string_view kind, const auto& wanted, const auto& there) {
    add_lacking(wanted, there, kind, differences.missing);
    add_lacking(there, wanted, kind, differences.unexpected);
  });
  compare_shapes(expected, found, differences);
  if (differences.none()) return;
  std::vector<std::string> parts;
  if (!differences.missing.empty()) parts.push_back("missing: " + listed(differences.missing));
  if (!differences.unexpected.empty()) parts.push_back("unexpected: " + listed(differences.unexpected));
  if (!differences.misshaped.empty()) parts.push_back("of another shape: " + listed(differences.misshaped));
  throw FormatError(fmt::format("{} does not fit what it is loaded into; {}", what, fmt::join(parts, "; ")));
}

}  // namespace reel::inline REEL_PRECISION

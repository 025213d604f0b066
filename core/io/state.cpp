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

template <class T>
void merge_into(std::map<std::string, T>& target, const std::string& prefix,
                const std::map<std::string, T>& source) {
  for (const auto& [name, value] : source)
    target.insert_or_assign(prefix.empty() ? name : prefix + "." + name, value);
}

template <class T>
std::map<std::string, T> part_of(const std::map<std::string, T>& all, const std::string& prefix) {
  std::map<std::string, T> result;
  const std::string start = prefix + ".";
  for (auto it = all.lower_bound(start); it != all.end() && it->first.starts_with(start); ++it)
    result.emplace_hint(result.end(), it->first.substr(start.size()), it->second);
  return result;
}

struct Differences {
  std::vector<std::string> missing, unexpected, misshaped;
  bool none() const { return missing.empty() && unexpected.empty() && misshaped.empty(); }
};

// `kind` tells apart a tensor and a number of the same name.
template <class T>
void compare_names(const std::map<std::string, T>& expected, const std::map<std::string, T>& found,
                   std::string_view kind, Differences& differences) {
  for (const auto& [name, value] : expected) {
    if (!found.contains(name)) differences.missing.push_back(fmt::format("{:?}{}", name, kind));
  }
  for (const auto& [name, value] : found) {
    if (!expected.contains(name)) differences.unexpected.push_back(fmt::format("{:?}{}", name, kind));
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
  merge_into(tensors, prefix, other.tensors);
  merge_into(integers, prefix, other.integers);
  merge_into(reals, prefix, other.reals);
  merge_into(texts, prefix, other.texts);
}

State State::part(const std::string& prefix) const {
  return {part_of(tensors, prefix), part_of(integers, prefix), part_of(reals, prefix),
          part_of(texts, prefix)};
}

State State::clone() const {
  State copy = *this;
  std::unordered_map<const Scalar*, Tensor> clones;
  for (auto& [name, tensor] : copy.tensors) {
    Tensor& clone = clones[tensor.data()];
    if (!clone.defined()) clone = tensor.clone();
    tensor = clone.reshape(tensor.shape());  // tied tensors may differ in it
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
  compare_names(expected.tensors, found.tensors, "", differences);
  compare_names(expected.integers, found.integers, " (integer)", differences);
  compare_names(expected.reals, found.reals, " (real)", differences);
  compare_names(expected.texts, found.texts, " (text)", differences);
  compare_shapes(expected, found, differences);
  if (differences.none()) return;
  std::vector<std::string> parts;
  if (!differences.missing.empty()) parts.push_back("missing: " + listed(differences.missing));
  if (!differences.unexpected.empty()) parts.push_back("unexpected: " + listed(differences.unexpected));
  if (!differences.misshaped.empty()) parts.push_back("of another shape: " + listed(differences.misshaped));
  throw FormatError(fmt::format("{} does not fit what it is loaded into; {}", what, fmt::join(parts, "; ")));
}

}  // namespace reel::inline REEL_PRECISION

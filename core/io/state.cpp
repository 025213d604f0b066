#include <reel/core/io/state.h>

namespace reel::inline REEL_PRECISION {
namespace {

template <class T>
void merge_into(std::map<std::string, T>& target, const std::string& prefix, const std::map<std::string, T>& source) {
  for (const auto& [name, value] : source) target.insert_or_assign(prefix.empty() ? name : prefix + "." + name, value);
}

template <class T>
std::map<std::string, T> part_of(const std::map<std::string, T>& all, const std::string& prefix) {
  std::map<std::string, T> result;
  for (const auto& [name, value] : all) {
    if (name.starts_with(prefix + ".")) result.emplace(name.substr(prefix.size() + 1), value);
  }
  return result;
}

}  // namespace

void State::merge(const std::string& prefix, const State& other) {
  merge_into(tensors, prefix, other.tensors);
  merge_into(integers, prefix, other.integers);
  merge_into(reals, prefix, other.reals);
}

State State::part(const std::string& prefix) const {
  return {part_of(tensors, prefix), part_of(integers, prefix), part_of(reals, prefix)};
}

}  // namespace reel::inline REEL_PRECISION

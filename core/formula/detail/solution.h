// The turns of a formula's loops that a number is made of. Internal to the formula's sources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION::formula {

/// The turns of a summand's loops at which one of its tensors stands at a given element. That fixes some of the
/// loops; others are free; and some are solved for from the free ones: of 2 i + u - 1 = 3, u is free and i is
/// (4 - u) / 2, where that is a whole number in its range.
class Solution {
 public:
  /// None where no turn stands there, whatever the free loops do.
  static std::optional<Solution> at(const Formula& formula, const Summand& summand, const Access& access,
                                    std::span<const Index> index);

  /// The loops that are free.
  const std::vector<std::size_t>& free() const { return free_; }
  std::vector<std::string> free_names() const;
  /// Whether a loop is divided for, so that not each turn of the free ones is one of the summand.
  bool divides() const;

  /// f(where the free loops stand, where each loop stands) for each turn.
  template <class F>
  void for_each(F&& f) const {
    std::vector<Index> place, all(loops_.size());
    for (const std::size_t l : free_) {
      if (loops_[l].low >= loops_[l].high) return;
      place.push_back(loops_[l].low);
    }
    do {
      if (resolve(place, all)) f(std::span<const Index>(place), std::span<const Index>(all));
    } while (next(place));
  }

  /// How an index is written: "3", "c", "2i+1", "(4-u)/2"; and the index of an element, "[0,c,2i+1]".
  std::string text(const Affine& affine) const;
  std::string text(const Access& access) const;
  /// None where it depends on a free loop.
  std::optional<Index> number(const Affine& affine) const;

 private:
  enum class State { kUnused, kOpen, kFixed, kFree, kSolved };
  struct LoopState {
    std::string name;
    Index low = 0, high = 0;  // its range
    State state = State::kUnused;
    Index value = 0;       // of a fixed one
    Affine numerator = 0;  // of a solved one, which is numerator / divisor
    Index divisor = 1;
  };

  Solution(const Formula& formula, const Summand& summand);
  void use(const Access& access);
  std::vector<Affine::Part> open_parts(const Affine& affine) const;
  bool meet(const Affine& affine, Index target);
  bool fix(std::size_t loop, Index numerator, Index divisor);
  void solve(std::vector<Affine::Part> parts, Index rest);
  bool resolve(std::span<const Index> place, std::span<Index> all) const;
  bool next(std::span<Index> place) const;
  std::string loop_text(std::size_t loop) const;

  std::vector<LoopState> loops_;
  std::vector<std::size_t> free_;
};

/// Where it stands as the loops do.
Index value_of(const Affine& affine, std::span<const Index> loops);

}  // namespace reel::inline REEL_PRECISION::formula

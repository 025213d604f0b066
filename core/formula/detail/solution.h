// The turns of a formula's loops that a number is made of. Internal to the formula's sources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION::formula {

/// The turns of a summand's loops at which one of its tensors stands at a given element. That fixes some of
/// the loops; others are free; and some are solved for from the free ones: of 2 i + u - 1 = 3, u is free and
/// i is (4 - u) / 2, where that is a whole number in its range. A place that nothing is left to be solved for
/// in is a condition: index[n] = 3.
class Solution {
 public:
  /// None where no turn stands there, whatever the free loops do.
  static std::optional<Solution> at(const Formula& formula, const Summand& summand, const Access& access,
                                    std::span<const Index> index);

  /// The loops that are free.
  const std::vector<std::size_t>& free() const { return free_; }
  std::vector<std::string> free_names() const;
  /// What is asked of the free loops, so that not each of their turns is one of the summand: "index[n] = 3".
  std::vector<std::string> conditions() const;

  /// f(where the free loops stand, where each loop stands) for each turn.
  template <class F>
  void for_each(F&& f) const {
    std::vector<Index> place, all = fixed_;
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
  std::string text(const Table& table) const;
  /// None where it depends on a free loop.
  std::optional<Index> number(const Affine& affine) const;

 private:
  enum class State { kUnused, kOpen, kFixed, kFree, kSolved };
  struct LoopState {
    std::string name;
    Index low = 0, high = 0;  // its range
    State state = State::kUnused;
    Affine numerator = 0;  // of a solved one, which is numerator / divisor
    Index divisor = 1;
  };
  // The sum of the parts is to be `rest`.
  struct Equation {
    std::vector<Affine::Part> parts;
    Index rest;
  };

  Solution(const Formula& formula, const Summand& summand);
  void use(const Access& access);
  bool is_fixed(const Affine::Part& part) const;
  Equation equation(const Affine& affine, Index target);
  bool fix_alone(std::vector<Equation>& equations);
  bool fix(std::size_t loop, Index numerator, Index divisor);
  void solve(Equation equation);
  void narrow(const LoopState& solved);
  bool resolve(std::span<const Index> place, std::span<Index> all) const;
  bool next(std::span<Index> place) const;
  std::string sum_text(std::span<const Affine::Part> parts, std::string text = {}) const;
  std::string part_text(const Affine::Part& part) const;
  std::string loop_text(std::size_t loop) const;

  std::vector<LoopState> loops_;
  std::vector<Index> fixed_;  // where each of the loops stands that is fixed
  std::vector<std::size_t> free_;
  std::vector<Equation> conditions_;
};

/// Where it stands as the loops do.
Index value_of(const Affine& affine, std::span<const Index> loops);

}  // namespace reel::inline REEL_PRECISION::formula

// The loops of a formula around one statement, in C. Internal to export_c.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/export/detail/c_program.h>
#include <reel/core/formula/formula.h>

namespace reel::inline REEL_PRECISION::c {

/// A number of a tensor, or of a table, as the loops stand.
struct Element {
  Value of;
  formula::Access at;
};

/// Of table[loops], numbers that are no places.
Element element_of(const formula::Table& table);

bool same_place(const formula::Affine& a, const formula::Affine& b);
bool same_places(const formula::Access& a, const formula::Access& b);

/// Every loop at which `result` and `operands` stand, of those that have more than one turn. Where one of these leaves
/// its tensor, the statement is passed over: by the ends of a loop where it is possible, else by an if.
class Nest {
 public:
  Nest(Program& program, const Formula& formula, Element result, std::vector<Element> operands);

  /// "net_scratch[14 * i + j]"
  std::string result() const { return text(result_); }
  std::string operand(std::size_t i) const { return text(operands_[i]); }
  /// Whether some operand, or the result, leaves its tensor on the way.
  bool operands_leave() const;
  bool result_leaves() const { return leaves(result_); }
  /// Whether each turn makes an element of its own: every loop stands alone in one of the result's places.
  bool is_injective() const;
  /// Each turn's element of the result that is within it, where the nest is injective.
  std::vector<Index> elements() const;

  void write(std::string_view statement) const;

 private:
  struct Range {
    Index low, high;  // both are reached
  };
  // 0 <= at < size, which is not so by itself.
  struct Bound {
    formula::Affine at;
    Index size;
    bool low, high;  // whether it may leave there
  };

  Index count(std::size_t loop) const { return f_.loops[loop].count; }
  bool runs(std::size_t loop) const { return used_[loop] && count(loop) != 1; }
  void use(const Element& element);
  Range range(const formula::Affine& affine) const;
  bool leaves(const Element& element) const;
  void add_bounds(const Element& element);
  std::size_t alone_in(const formula::Affine& place) const;
  std::size_t innermost() const;
  bool may_run_along(std::size_t loop, const Element& operand) const;
  void find_order();
  bool is_weighted_by(std::size_t loop) const;
  void turn_constants();
  std::size_t last_loop(const formula::Affine& affine) const;
  std::string loop_text(std::size_t loop) const;
  std::string part_text(const formula::Affine::Part& part) const;
  std::string text(const formula::Affine& affine) const;
  std::string text(const Element& element) const;
  std::string header(std::size_t loop, std::vector<const Bound*>& guards) const;
  std::string end_text(std::size_t loop, const Bound& bound, bool is_low) const;

  Program& program_;
  const Formula& f_;
  Element result_;
  std::vector<Element> operands_;
  std::vector<bool> used_;
  std::vector<std::size_t> order_;  // from the outermost
  bool sums_ = false;               // some loop does not stand alone in the result
  std::vector<Bound> bounds_;
};

/// "y[0,o,i,j]", as a comment shows it.
std::string place_text(const Formula& formula, const Element& element, std::string_view name);

}  // namespace reel::inline REEL_PRECISION::c

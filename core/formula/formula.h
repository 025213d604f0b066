// What an op computes, as data: sums of products over loops. The terms of a value and of every gradient, the
// sentences that explain them, multiply-adds and windows follow from it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/reads.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

namespace formula {

/// One of a formula's loops, by its position in Formula::loops.
struct Loop {
  std::size_t index;
};

/// Numbers by the turns of loops: index[n], weight[i,u].
struct Table {
  std::string name;  ///< as it is written: "index"
  std::vector<Loop> loops;
  Tensor numbers;                                 ///< in the shape of the loops' counts
  double at(std::span<const Index> turns) const;  ///< where each of the formula's loops stands
};

/// A whole number that moves with the loops: start + the sum of step loop. It is written as it reads:
/// `2 * i + u - 1`; `Affine(table) + u` begins where a table says.
struct Affine {
  struct Part {
    Loop loop = {};
    Index step = 1;
    Index per = 0;  ///< of a group's number, which is loop / per; 0: the loop itself
    std::shared_ptr<const Table> table = {};  ///< of whole numbers, in place of `loop`

    std::span<const Loop> loops() const { return table ? std::span(table->loops) : std::span(&loop, 1); }
    Index turn(std::span<const Index> turns) const;
  };
  Index start = 0;
  std::vector<Part> parts = {};

  Affine(Index number) : start(number) {}
  Affine(Loop loop) : parts{{loop}} {}
  Affine(Table table) : parts{{.table = std::make_shared<const Table>(std::move(table))}} {}

  friend Affine operator+(Affine a, const Affine& b) {
    a.start += b.start;
    a.parts.insert(a.parts.end(), b.parts.begin(), b.parts.end());
    return a;
  }
  friend Affine operator-(Affine a, Index number) { return std::move(a) + Affine(-number); }
  friend Affine operator*(Index step, Affine a) {
    a.start *= step;
    for (Part& part : a.parts) part.step *= step;
    return a;
  }
};

/// loop / per: the group that a channel is in.
inline Affine group_of(Loop loop, Index per) {
  Affine group(loop);
  group.parts[0].per = per;
  return group;
}

/// An element of a tensor as the loops run: an index along each of its dimensions, or one alone in row-major
/// order. Where one is out of range there is padding, which counts as zero.
using Access = std::vector<Affine>;

/// What a product is multiplied by.
struct Scale {
  double number = 1;
  bool divides = false;   ///< by the number, not times it
  std::string text = {};  ///< how the number is written, where not as it is: "(1 - 0.5)"

  /// How many turns of a loop leave `at` in [low, high); the product is divided by each of these.
  struct Count {
    Loop loop;
    Affine at;
    Index low, high;
  };
  std::vector<Count> counts = {};
  std::vector<Table> weights = {};  ///< the product is multiplied by each; where one is 0 there is no product
  /// Makes a tensor in the result's shape, 0 where the product is left out, else 1. Empty for none.
  std::function<Tensor()> mask = {};
  bool chooses = false;  ///< what the mask leaves out is not read: no NaN of it remains, as one times 0 does
};

/// A factor of a product: an input, and where in it.
struct IndexedInput {
  std::size_t input;
  Access at;
};

/// result += product of the factors * scale, for each turn of the loops that it names.
struct Summand {
  Access result;
  /// Two, or one and a scale; none for a number alone, which is the scale.
  std::vector<IndexedInput> factors = {};
  Scale scale = {};
  std::string note = {};  ///< what a reader should know of its terms: "bias"; of a mask's 0: "dropped"
};

}  // namespace formula

/// y = the sum of its summands. Where a place in a tensor leaves two loops open, the one that was declared last is
/// solved for, and the others run in the order of their declaration: that is the order of the terms.
///
/// What it cannot be is an Error as soon as anybody asks for it (check_formula): a product of more than two
/// numbers, so that two factors have no scale and weights no number beside them; a place that names a loop
/// twice; a group's number that is no whole digit of its place, as in 2 group + c with c < 2; weights and
/// counts of loops at which no tensor of the product stands.
struct Formula {
  struct Counter {
    std::string name;  ///< one letter
    Index count;
  };
  std::vector<Counter> loops = {};
  std::vector<formula::Summand> summands = {};
  double elsewhere = 0;                   ///< an element of y that no summand makes
  std::string elsewhere_note = {};        ///< what such an element is: "padding"
  std::vector<std::size_t> weights = {};  ///< inputs that are no data: receptive fields leave them out
  /// How an element of y, and of each input, is called: "image {0}, channel {1}" and what these are as the loops
  /// stand, its own index where that is left out. None where the formula says enough.
  struct Place {
    std::string text;
    formula::Access numbers = {};
  };
  std::vector<Place> places = {};

  formula::Loop loop(std::string name, Index count);
  formula::Summand& add(formula::Access result, std::vector<formula::IndexedInput> factors);
};

/// An Error where the formula is none of a call with such shapes.
void check_formula(const Formula& formula, std::span<const Shape> inputs, const Shape& output);

/// The loops around the multiply-adds of a convolution or a matrix product, padding included: those of the product
/// of two inputs that is summed. None of another formula.
std::vector<Formula::Counter> product_loops(const Formula& formula);
/// How often they run in all; 0 where there are none.
Index turns_of(std::span<const Formula::Counter> loops);

/// What a number of the result `to` reads of an input of shape `from`.
Reads reads_of(const Formula& formula, std::size_t input, const Shape& from, const Shape& to);

}  // namespace reel::inline REEL_PRECISION

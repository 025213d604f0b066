// Why a number is what it is: the products that were summed for it.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

/// One factor of a product: an element of one of an op's tensors, or a number that stands in none of them.
struct Factor {
  enum class Of { kNumber, kInput, kOutput, kOutputGradient };
  Of of = Of::kNumber;
  std::size_t input = 0;  ///< of kInput: which one
  Index index = 0;        ///< the element's place in its tensor, row-major; 0 for a number
  double value = 0;
  std::string_view name = {};  ///< what a number is: "xhat"; good while the sink runs
};

/// One summand of an explained number. It is good only while the sink it is given to runs.
struct Term {
  /// Where the loop stands, a number for each name in Explanation::loop; none for what stands outside of the
  /// loop, as a bias.
  std::span<const Index> loop;
  Factor a, b;
  double product;
  std::string_view note;  ///< what a reader should know of it: "bias", "padding"
};

/// Takes the terms of a number one after another. They are kept nowhere, for there may be 100 million.
using TermSink = std::function<void(const Term&)>;

/// What an op said of a number, apart from the terms.
struct Explanation {
  std::string place;              ///< "input channel 1 -> output channel 0, kernel row 0, column 1"
  std::string formula;            ///< "sum over n,i,j of dz[n,0,i,j] * x[n,1,i+0,j+1]"
  std::vector<std::string> loop;  ///< what is counted: "n", "i", "j"
  Index terms = 0;
  double sum = 0;        ///< of the products, in double and in their order
  double magnitude = 0;  ///< sum of their absolute values: what rounding is relative to
};

/// What an op sees while one of its numbers is explained, and where it puts the terms. An element of the
/// output is a sum of products of inputs, or one term whose note names the function. An element of a gradient
/// is a sum of (element of dy) * (local derivative): the latter is an element of an input, or a number.
class Explain {
 public:
  /// The number that is asked for, and the tensors as forward and backward saw them.
  struct Question {
    std::span<const Tensor> inputs;
    Tensor output;
    Tensor dy;                            ///< undefined where an element of the output is asked for
    std::optional<std::size_t> of_input;  ///< whose gradient is asked for; none for the output itself
    Index element;                        ///< in that tensor, row-major
    std::vector<std::string> input_names;
    std::string output_name;
  };
  /// `sink` must live as long.
  Explain(Question question, const TermSink& sink);

  // ---- The question.

  /// An Error where the op has no i-th input, or, of dy, where no gradient is asked for.
  const Tensor& input(std::size_t i) const;
  const Tensor& output() const { return question_.output; }
  const Tensor& dy() const;
  std::size_t inputs() const { return question_.inputs.size(); }
  /// Whether an element of the output is asked for, else one of the gradient of input of_input().
  bool of_output() const { return !question_.of_input; }
  std::size_t of_input() const { return question_.of_input.value(); }
  /// The element that is asked for, its tensor's shape, and its index along dimension `d`.
  Index element() const { return question_.element; }
  const Shape& shape() const { return shape_; }
  Index at(Index d) const { return index_[static_cast<std::size_t>(shape_.resolve(d))]; }

  // ---- The answer.

  /// How the tensors are called: "x", "z", "dz".
  const std::string& x_name(std::size_t i) const;
  const std::string& y_name() const { return question_.output_name; }
  std::string dy_name() const;

  /// An element of the i-th input, of the output and of its gradient, by its place in row-major order.
  Factor x(std::size_t i, Index at) const;
  Factor y(Index at) const;
  Factor dy(Index at) const;
  static Factor number(double value, std::string_view name = {}) { return {.value = value, .name = name}; }

  /// What the number is, in words and as a formula; see Explanation. Once, before the terms.
  void rule(std::string place, std::string formula, std::vector<std::string> loop = {});
  void term(std::span<const Index> loop, Factor a, Factor b, std::string_view note = {});
  void term(std::initializer_list<Index> loop, Factor a, Factor b, std::string_view note = {}) {
    term(std::span(loop.begin(), loop.size()), a, b, note);
  }
  /// A term of 0, whatever `a` is: the op does not multiply it, as in the padding or where a relu is off. The
  /// 0 may have a name.
  void left_out(std::span<const Index> loop, Factor a, std::string_view note, std::string_view zero = {});
  void left_out(std::initializer_list<Index> loop, Factor a, std::string_view note,
                std::string_view zero = {}) {
    left_out(std::span(loop.begin(), loop.size()), a, note, zero);
  }

  /// What was said so far.
  const Explanation& explanation() const { return explanation_; }

 private:
  void give(const Term& term);

  Question question_;
  const TermSink& sink_;
  Shape shape_;
  std::array<Index, Shape::kMaxDim> index_{};
  Explanation explanation_;
};

/// How the gradient of a node is called: "dz".
std::string gradient_name(std::string_view name);

/// The index of an element in row-major order along each dimension: "[0,1,0,1]"; "" for a scalar's.
std::string index_text(const Shape& shape, Index element);

/// The same as a text for each dimension, so that names can take their place; and "[0,c,0,1]" of them.
std::vector<std::string> index_texts(const Shape& shape, Index element);
std::string bracketed(std::span<const std::string> index);

/// Names for a loop over the elements of a tensor: n,c,i,j for images [N,C,H,W], else i,j,k,...
std::vector<std::string> loop_names(const Shape& shape);

/// Steps `index` on to the next element of `shape` in row-major order; false after the last.
bool next_index(const Shape& shape, std::span<Index> index);

}  // namespace reel::inline REEL_PRECISION

// sum, mean and max over all elements or over some dimensions.
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/kernels/detail/reductions.h>
#include <reel/core/ops/detail/broadcast.h>
#include <reel/core/ops/detail/broadcast_explain.h>
#include <reel/core/ops/detail/broadcast_formula.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION {
namespace {

using kernels::Binary;

// Which dimensions of an input are reduced, and the shapes that result.
struct Reduced {
  Shape input;
  DimMask mask{};
  Shape kept;       // the reduced dimensions with size 1
  Shape output;     // kept, or without them
  Index count = 1;  // elements that become one
  bool keepdim;

  Reduced(const Shape& shape, const DimMask& reduced, bool keep)
      : input(shape), mask(reduced), kept(shape), keepdim(keep) {
    std::vector<Index> remaining;
    for (Index d = 0; d < shape.dim(); d++) {
      if (mask[static_cast<std::size_t>(d)]) {
        kept = kept.with(d, 1);
        count *= shape[d];
      } else {
        remaining.push_back(shape[d]);
      }
    }
    output = keepdim ? kept : Shape(remaining);
  }

  std::vector<Index> dims() const {
    std::vector<Index> dims;
    for (Index d = 0; d < input.dim(); d++) {
      if (mask[static_cast<std::size_t>(d)]) dims.push_back(d);
    }
    return dims;
  }

  std::vector<OpOption> options() const {
    return {detail::shown("dims", std::span<const Index>(dims())), detail::shown("keepdim", keepdim)};
  }

  // Of ReduceSum the dimensions are an operand, of the others an attribute.
  onnx::Operator in_onnx(std::string type) const {
    onnx::Operator result{std::move(type), onnx::inputs(1), {{"keepdims", Index{keepdim}}}};
    if (input.dim() == 0) return result;
    if (result.type == "ReduceSum")
      result.operands.emplace_back(dims());
    else
      result.attributes.push_back({"axes", dims()});
    return result;
  }

  Reads reads() const {
    if (keepdim && is_image(input)) {
      return {Reads::Kind::kWindow, {.kernel = {mask[2] ? input[2] : 1, mask[3] ? input[3] : 1}}};
    }
    const Reads lines = reads_lines(input, mask);
    return lines.kind == Reads::Kind::kAll ? lines : Reads{Reads::Kind::kRearranged};
  }
};

// Without dimensions over all of them.
Reduced checked_reduction(const Call& call, const Shape& shape, const std::optional<Dims>& dims,
                          bool keepdim) {
  DimMask mask{};
  if (!dims) mask.fill(true);
  call.check(!dims || !dims->values.empty(),
             "no dimension is given; leave the argument out to reduce over all");
  for (const Index d : dims ? dims->values : std::vector<Index>()) {
    bool& marked = mask[static_cast<std::size_t>(call.dim(shape, d))];
    call.check(!marked, "dimension {} of input {} is given twice", d, shape);
    marked = true;
  }
  return {shape, mask, keepdim};
}

// Sum or mean.
class SumOp : public Op {
 public:
  SumOp(std::string_view name, const Reduced& shapes, bool is_mean)
      : name_(name), shapes_(shapes), is_mean_(is_mean) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    const auto kernel = is_mean_ ? kernels::mean : kernels::sum;
    return reduce(kernel, inputs[0], shapes_.mask).reshape(shapes_.output.sizes());
  }

  void backward(BackwardPass& pass) override {
    const Tensor& dy = pass.dy();
    const Tensor share = is_mean_ ? elementwise(Binary::kDiv, dy, static_cast<Scalar>(shapes_.count)) : dy;
    pass.add(0, expand(share.reshape(shapes_.kept.sizes()), shapes_.input));
  }

  OpFacts facts(std::span<const Shape> inputs, const Shape&) const override {
    return {.options = shapes_.options(), .formula = formula(inputs), .in_onnx = [this] {
              return shapes_.in_onnx(is_mean_ ? "ReduceMean" : "ReduceSum");
            }};
  }

 private:
  Formula formula(std::span<const Shape> inputs) const {
    Formula f;
    const formula::Access x = detail::loops_over(f, inputs[0]);
    formula::Access y;
    for (Index d = 0; d < inputs[0].dim(); d++) {
      const bool is_reduced = shapes_.mask[static_cast<std::size_t>(d)];
      if (!is_reduced || shapes_.keepdim) y.push_back(is_reduced ? 0 : x[static_cast<std::size_t>(d)]);
    }
    f.add(y, {{0, x}});
    if (is_mean_) f.summands[0].scale = {static_cast<double>(shapes_.count), true};
    return f;
  }

  std::string_view name_;
  Reduced shapes_;
  bool is_mean_;
};

class MaxOp : public Op {
 public:
  explicit MaxOp(const Reduced& shapes) : shapes_(shapes) {}

  std::string_view name() const override { return "max"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    return reduce(kernels::max, inputs[0], shapes_.mask).reshape(shapes_.output.sizes());
  }

  void backward(BackwardPass& pass) override {
    const Tensor dy = pass.dy().reshape(shapes_.kept.sizes());
    const Tensor largest = is_largest(pass.input(0), pass.output());
    const Tensor share = elementwise(Binary::kDiv, dy, reduce(kernels::sum, largest, shapes_.mask));
    pass.add(0, elementwise(Binary::kMul, largest, share));
  }

  bool explain(Explain& e) const override {
    e.of_output() ? explain_value(e) : explain_gradient(e);
    return true;
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = shapes_.options(),
            .reads = {shapes_.reads()},
            .choices = [this](std::span<const Tensor> x) { return choices(x); },
            .in_onnx = [this] { return shapes_.in_onnx("ReduceMax"); }};
  }

 private:
  // Which elements are the largest.
  std::vector<Index> choices(std::span<const Tensor> inputs) const {
    const Tensor largest = is_largest(inputs[0], reduce(kernels::max, inputs[0], shapes_.mask));
    std::vector<Index> choices;
    for (const Scalar x : largest.values()) choices.push_back(x != 0);
    return choices;
  }

  // 1 where x is y, its maximum, else 0.
  Tensor is_largest(const Tensor& x, const Tensor& y) const {
    return elementwise(Binary::kEqual, x, y.reshape(shapes_.kept.sizes()));
  }

  // The first of the largest; a NaN is largest.
  void explain_value(Explain& e) const {
    const detail::Repeats x(shapes_.kept, shapes_.input, e.element());
    const Factor y = e.y(e.element());
    const std::string x_text = e.x_name(0) + x.text();
    e.rule(say("of {} elements", x.count()),
           x.loop().empty() ? say("max of {}", x_text)
                            : say("max over {} of {}", fmt::format("{}", fmt::join(x.loop(), ",")), x_text),
           x.loop());
    bool found = false;
    x.for_each([&](std::span<const Index> loop, Index i) {
      const Factor candidate = e.x(0, i);
      const bool largest = candidate.value == y.value || std::isnan(candidate.value);
      if (!largest || found)
        return e.left_out(loop, candidate, in_own_words(largest ? "equal to the largest" : "smaller"));
      e.term(loop, candidate, Explain::number(1), in_own_words("the largest"));
      found = true;
    });
  }

  void explain_gradient(Explain& e) const {
    const Index i = detail::broadcast_element(shapes_.kept, shapes_.input, e.element());
    const Factor x = e.x(0, e.element()), y = e.y(i), dy = e.dy(i);
    Index ties = 0;
    detail::Repeats(shapes_.kept, shapes_.input, i).for_each([&](std::span<const Index>, Index k) {
      if (e.x(0, k).value == y.value) ties++;
    });
    const std::string dy_text = e.dy_name() + index_text(e.dy().shape(), i);
    const std::string x_text = e.x_name(0) + index_text(e.shape(), e.element());
    if (std::isnan(y.value)) {
      e.rule("", say("NaN, for the largest is"));
      return e.term({}, dy, y, in_own_words("the largest is NaN"));
    }
    if (x.value != y.value) {
      e.rule("", say("0, for {} is not the largest", x_text));
      return e.left_out({}, dy, say("the largest is {:g}, not {} = {:g}", y.value, x_text, x.value));
    }
    e.rule("", ties == 1 ? dy_text : fmt::format("{} / {}", dy_text, ties));
    e.term({}, dy, Explain::number(1 / static_cast<double>(ties)),
           say_counted(ties, "the largest", "one of {} that are largest", ties));
  }

  Reduced shapes_;
};

enum class Reduces { kSum, kMean, kMax };

// Of no elements there is a sum alone.
Var reduction(Reduces to, Operand x, const std::optional<Dims>& dims = {}, ReduceOptions options = {}) {
  struct Row {
    std::string_view name, of_none;
  };
  constexpr std::array<Row, 3> kRows{{{"sum", ""},
                                      {"mean", "the mean of no elements is undefined"},
                                      {"max", "no elements have no maximum"}}};
  const auto& [name, of_none] = kRows[static_cast<std::size_t>(to)];
  const Call call(name, x.where);
  const Reduced shapes = checked_reduction(call, call.shape(x), dims, options.keepdim);
  call.check(shapes.count > 0 || to == Reduces::kSum, "input is {}; {}", shapes.input, of_none);
  std::unique_ptr<Op> op;
  if (to == Reduces::kMax) {
    op = std::make_unique<MaxOp>(shapes);
  } else {
    op = std::make_unique<SumOp>(name, shapes, to == Reduces::kMean);
  }
  return call.record(std::move(op), shapes.output, {x});
}

}  // namespace

Var sum(Operand x) { return reduction(Reduces::kSum, x); }
Var sum(Operand x, Dims dims, ReduceOptions options) { return reduction(Reduces::kSum, x, dims, options); }
Var mean(Operand x) { return reduction(Reduces::kMean, x); }
Var mean(Operand x, Dims dims, ReduceOptions options) { return reduction(Reduces::kMean, x, dims, options); }
Var max(Operand x) { return reduction(Reduces::kMax, x); }
Var max(Operand x, Dims dims, ReduceOptions options) { return reduction(Reduces::kMax, x, dims, options); }

}  // namespace reel::inline REEL_PRECISION

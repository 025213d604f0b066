// What is no sum of products and no function of one number, as ONNX says it.
#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <reel/core/export/detail/c_loops.h>
#include <reel/core/export/detail/c_ops.h>
#include <reel/core/ops/detail/broadcast_formula.h>

namespace reel::inline REEL_PRECISION::c {

using formula::Access, formula::Affine;

namespace {

template <class T>
std::optional<T> attribute(const onnx::Operator& of, std::string_view name) {
  const auto found = std::ranges::find(of.attributes, name, &onnx::Attribute::name);
  return found == of.attributes.end() ? std::nullopt : std::optional(std::get<T>(found->value));
}

// Of two operands, element by element.
class PairWriter final : public Writer {
 public:
  PairWriter(const onnx::Operator& of, const Call& call) : type_(of.type), output_(call.output) {
    for (const onnx::Operand& operand : of.operands) {
      if (const auto* const input = std::get_if<onnx::Input>(&operand.is)) {
        inputs_.push_back(input->index);
        values_.push_back(call.inputs[input->index]);
      } else {
        inputs_.push_back(call.inputs.size());
        const Tensor& number = std::get<Tensor>(operand.is);
        values_.push_back({"number", number.shape(), number});
      }
    }
  }

  bool may_overwrite(std::size_t i) const override {
    for (std::size_t k = 0; k < 2; k++) {
      if (inputs_[k] == i && !(values_[k].shape == output_)) return false;
    }
    return true;
  }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    const std::vector<Value> of = operands(inputs);
    return fmt::format("{} = {} of {} and {}", output.name, type_, of[0].name, of[1].name);
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    Formula f;
    const Access y = reel::detail::loops_over(f, output.shape);
    std::vector<Element> elements;
    for (const Value& of : operands(inputs))
      elements.push_back({of, reel::detail::broadcast_access(of.shape, y)});
    const Nest nest(program, f, {output, y}, elements);
    const std::string a = nest.operand(0), b = nest.operand(1);
    if (type_ == "Div") return nest.write(fmt::format("{} = {} / {};", nest.result(), a, b));
    nest.write(fmt::format("const float a = {}, b = {};\n{} = a {} b || isnan(a) ? a : b;", a, b,
                           nest.result(), type_ == "Max" ? ">" : "<"));
  }

 private:
  std::vector<Value> operands(const std::vector<Value>& inputs) const {
    std::vector<Value> of;
    for (std::size_t k = 0; k < 2; k++)
      of.push_back(inputs_[k] < inputs.size() ? inputs[inputs_[k]] : values_[k]);
    return of;
  }

  std::string type_;
  std::vector<std::size_t> inputs_;
  std::vector<Value> values_;
  Shape output_;
};

// The largest of what the loops read for an element of the result.
class LargestWriter final : public Writer {
 public:
  LargestWriter(Formula loops, Access result, Access input)
      : f_(std::move(loops)), result_(std::move(result)), input_(std::move(input)) {}

  bool may_overwrite(std::size_t) const override { return false; }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    return fmt::format("{} = the largest {}", place_text(f_, {output, result_}, output.name),
                       place_text(f_, {inputs[0], input_}, inputs[0].name));
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    program.open(fmt::format("for (int i = 0; i < {}; i++) {{", output.shape.numel()));
    program.line(output.name + "[i] = -INFINITY;");
    program.close();
    const Nest nest(program, f_, {output, result_}, {{inputs[0], input_}});
    const std::string y = nest.result();
    nest.write(
        fmt::format("const float x = {};\n{} = x > {} || isnan(x) ? x : {};", nest.operand(0), y, y, y));
  }

 private:
  Formula f_;
  Access result_, input_;
};

// Whether it is the op's input, or that with -infinity behind its ends, which makes no window's largest number another.
bool is_input_for_windows(const onnx::Operand& operand) {
  if (std::holds_alternative<onnx::Input>(operand.is)) return true;
  const auto* const made = std::get_if<std::shared_ptr<const onnx::Operator>>(&operand.is);
  if (!made || (*made)->type != "Pad" || (*made)->operands.size() != 3) return false;
  const std::vector<onnx::Operand>& of = (*made)->operands;
  const auto* const pads = std::get_if<std::vector<Index>>(&of[1].is);
  const auto* const number = std::get_if<Tensor>(&of[2].is);
  return std::holds_alternative<onnx::Input>(of[0].is) && pads && number && number->numel() == 1 &&
         number->item() == -std::numeric_limits<Scalar>::infinity() &&
         std::all_of(pads->begin(), pads->begin() + std::ssize(*pads) / 2, [](Index n) { return n == 0; });
}

std::unique_ptr<Writer> pooling(const onnx::Operator& of, const Call& call) {
  using Numbers = std::vector<Index>;
  const auto kernel = attribute<Numbers>(of, "kernel_shape"), pads = attribute<Numbers>(of, "pads"),
             strides = attribute<Numbers>(of, "strides"), dilations = attribute<Numbers>(of, "dilations");
  if (!std::ranges::all_of(of.operands, is_input_for_windows)) return nullptr;
  if (call.output.dim() != 4 || !kernel || !pads || !strides || !dilations) return nullptr;
  Formula f;
  const auto n = f.loop("n", call.output[0]), c = f.loop("c", call.output[1]),
             i = f.loop("i", call.output[2]), j = f.loop("j", call.output[3]), u = f.loop("u", (*kernel)[0]),
             v = f.loop("v", (*kernel)[1]);
  const Affine row = (*strides)[0] * Affine(i) + (*dilations)[0] * Affine(u) - (*pads)[0],
               column = (*strides)[1] * Affine(j) + (*dilations)[1] * Affine(v) - (*pads)[1];
  return std::make_unique<LargestWriter>(f, Access{n, c, i, j}, Access{n, c, row, column});
}

std::unique_ptr<Writer> reduction(const onnx::Operator& of, const Call& call) {
  const Shape& x = call.inputs[0].shape;
  const auto axes = attribute<std::vector<Index>>(of, "axes");
  const bool keeps = attribute<Index>(of, "keepdims").value_or(1) != 0;
  Formula f;
  const Access from = reel::detail::loops_over(f, x);
  Access to;
  for (Index d = 0; d < x.dim(); d++) {
    const bool is_reduced = !axes || std::ranges::find(*axes, d) != axes->end();
    if (is_reduced && keeps) to.emplace_back(0);
    if (!is_reduced) to.push_back(from[static_cast<std::size_t>(d)]);
  }
  return std::make_unique<LargestWriter>(f, to, from);
}

// Along one dimension.
class SoftmaxWriter final : public Writer {
 public:
  SoftmaxWriter(bool logarithm, const Shape& shape, Index axis) : logarithm_(logarithm), n_(shape[axis]) {
    axis = shape.resolve(axis);
    for (Index d = 0; d < axis; d++) outer_ *= shape[d];
    for (Index d = axis + 1; d < shape.dim(); d++) inner_ *= shape[d];
  }

  bool may_overwrite(std::size_t) const override { return true; }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    return fmt::format("{} = {} of each {} numbers of {}", output.name,
                       logarithm_ ? "x - log(sum of exp(x))" : "exp(x) / (sum of exp(x))", n_,
                       inputs[0].name);
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    const std::string x = program.array(inputs[0]), k = inner_ == 1 ? "k" : fmt::format("{} * k", inner_);
    const std::string loop = fmt::format("for (int k = 0; k < {}; k++)", n_);
    program.open(fmt::format("for (int o = 0; o < {}; o++) {{", outer_));
    program.open(fmt::format("for (int i = 0; i < {}; i++) {{", inner_));
    program.line(fmt::format("const float* const x = {} + {} * o + i;", x, n_ * inner_));
    program.line(fmt::format("float* const y = {} + {} * o + i;", output.name, n_ * inner_));
    program.line("float largest = x[0], sum = 0.0f;");
    program.line(fmt::format("{} largest = x[{}] > largest ? x[{}] : largest;", loop, k, k));
    if (logarithm_) {
      program.line(fmt::format("{} sum += expf(x[{}] - largest);", loop, k));
      program.line("sum = logf(sum);");
      program.line(fmt::format("{} y[{}] = x[{}] - largest - sum;", loop, k, k));
    } else {
      program.line(fmt::format("{} {{ y[{}] = expf(x[{}] - largest); sum += y[{}]; }}", loop, k, k, k));
      program.line(fmt::format("{} y[{}] /= sum;", loop, k));
    }
    program.close();
    program.close();
  }

 private:
  bool logarithm_;
  Index n_, outer_ = 1, inner_ = 1;
};

}  // namespace

std::unique_ptr<Writer> writer_of(const Call& call) {
  for (const auto of : {formula_writer, function_writer, normalization_writer, operator_writer}) {
    if (auto writer = of(call)) return writer;
  }
  return nullptr;
}

std::unique_ptr<Writer> operator_writer(const Call& call) {
  if (!call.facts.in_onnx) return nullptr;
  const onnx::Operator of = call.facts.in_onnx();
  if (of.type == "MaxPool") return pooling(of, call);
  const bool is_plain = std::ranges::all_of(of.operands, [](const onnx::Operand& operand) {
    return std::holds_alternative<onnx::Input>(operand.is) || std::holds_alternative<Tensor>(operand.is);
  });
  if (!is_plain) return nullptr;
  if (of.type == "ReduceMax") return reduction(of, call);
  if ((of.type == "Max" || of.type == "Min" || of.type == "Div") && of.operands.size() == 2)
    return std::make_unique<PairWriter>(of, call);
  if (of.type == "Softmax" || of.type == "LogSoftmax") {
    const Index axis = attribute<Index>(of, "axis").value_or(-1);
    return std::make_unique<SoftmaxWriter>(of.type == "LogSoftmax", call.output, axis);
  }
  return nullptr;
}

}  // namespace reel::inline REEL_PRECISION::c

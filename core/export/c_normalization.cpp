// Normalisations: of known statistics two numbers for each group, else mean and deviation first.
#include <algorithm>

#include <fmt/format.h>

#include <reel/core/export/detail/c_loops.h>
#include <reel/core/export/detail/c_ops.h>
#include <reel/core/ops/detail/broadcast_formula.h>

namespace reel::inline REEL_PRECISION::c {
namespace {

// y = scale x + shift.
class MapWriter final : public Writer {
 public:
  explicit MapWriter(const Call& call) : groups_(call.facts.normalization->groups) {
    const Normalization& n = *call.facts.normalization;
    scale_ = Tensor::uninitialized(groups_);
    shift_ = Tensor::uninitialized(groups_);
    const auto affine = [&](std::size_t input, Index i, double otherwise) {
      return input < call.inputs.size() ? static_cast<double>(call.inputs[input].constant.data()[i])
                                        : otherwise;
    };
    for (Index i = 0; i < groups_.numel(); i++) {
      const double scale = affine(1, i, 1) * static_cast<double>(n.inverse_deviation.data()[i]);
      scale_.mutable_data()[i] = static_cast<Scalar>(scale);
      shift_.mutable_data()[i] =
          static_cast<Scalar>(affine(2, i, 0) - scale * static_cast<double>(n.mean.data()[i]));
    }
  }

  bool may_overwrite(std::size_t) const override { return true; }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    return fmt::format("{} = {} * weight / deviation + (bias - mean * weight / deviation)", output.name,
                       inputs[0].name);
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    Formula f;
    const formula::Access y = reel::detail::loops_over(f, output.shape);
    const formula::Access group = reel::detail::broadcast_access(groups_, y);
    const std::string name = inputs.size() > 1 ? inputs[1].name : "norm";
    const Nest nest(program, f, {output, y},
                    {{inputs[0], y},
                     {{name + "_scale", groups_, scale_}, group},
                     {{name + "_shift", groups_, shift_}, group}});
    nest.write(
        fmt::format("{} = {} * {} + {};", nest.result(), nest.operand(0), nest.operand(1), nest.operand(2)));
  }

 private:
  Shape groups_;
  Tensor scale_, shift_;
};

// Groups that lie one behind the other.
class GroupsWriter final : public Writer {
 public:
  explicit GroupsWriter(const Call& call)
      : groups_(call.facts.normalization->groups.numel()),
        size_(call.output.numel() / groups_),
        affine_(call.facts.normalization->affine),
        x_(call.output) {
    for (const OpOption& option : call.facts.options) {
      if (option.name == "eps") eps_ = option.values.at(0);
    }
  }

  bool may_overwrite(std::size_t i) const override { return i == 0; }

  std::string text(const std::vector<Value>& inputs, const Value& output) const override {
    return fmt::format("{} = ({} - mean) / sqrt(variance + {:g}){}{} of each {} numbers", output.name,
                       inputs[0].name, eps_, inputs.size() > 1 ? " * weight" : "",
                       inputs.size() > 2 ? " + bias," : ",", size_);
  }

  void write(Program& program, const std::vector<Value>& inputs, const Value& output) const override {
    program.open(fmt::format("for (int g = 0; g < {}; g++) {{", groups_));
    program.line(fmt::format("const float* const x = {} + {} * g;", program.array(inputs[0]), size_));
    program.line(fmt::format("float* const y = {} + {} * g;", output.name, size_));
    program.line("double sum = 0.0, squares = 0.0;");
    const std::string loop = fmt::format("for (int k = 0; k < {}; k++)", size_);
    program.line(loop + " sum += (double)x[k];");
    program.line(fmt::format("const double mean = sum / {};", size_));
    program.line(loop + " squares += ((double)x[k] - mean) * ((double)x[k] - mean);");
    program.line(
        fmt::format("const float scale = (float)(1.0 / sqrt(squares / {} + {:.17g})), center = (float)mean;",
                    size_, eps_));
    const std::string at = affine_index(output.shape.numel());
    std::string value = "(x[k] - center) * scale";
    for (std::size_t i = 1; i < inputs.size(); i++)
      value += fmt::format(" {} {}[{}]", i == 1 ? "*" : "+", program.array(inputs[i]), at);
    program.line(fmt::format("{} y[k] = {};", loop, value));
    program.close();
  }

 private:
  // Of weight and bias, whose last dimensions of size 1 are repeated, and all of it along the first ones.
  std::string affine_index(Index numel) const {
    Index inner = 1;
    const Index count = affine_.numel();
    for (Index d = affine_.dim(); d-- > 0 && affine_[d] == 1;) inner *= inner_size(d);
    if (count == size_ && inner == 1) return "k";
    const std::string element = fmt::format("({} * g + k) / {}", size_, inner);
    return count * inner == numel ? element : fmt::format("{} % {}", element, count);
  }
  Index inner_size(Index d) const { return x_[x_.dim() - affine_.dim() + d]; }

  Index groups_, size_;
  Shape affine_, x_;
  double eps_ = 0;
};

bool lie_behind_each_other(const Shape& groups, const Shape& x) {
  Index last = groups.dim() - 1;
  while (last >= 0 && groups[last] == 1) last--;
  for (Index d = 0; d < last; d++) {
    if (groups[d] != x[d]) return false;
  }
  return last < 0 || x[last] % groups[last] == 0;
}

}  // namespace

std::unique_ptr<Writer> normalization_writer(const Call& call) {
  if (!call.facts.normalization) return nullptr;
  const Normalization& n = *call.facts.normalization;
  if (n.own_statistics) {
    return lie_behind_each_other(n.groups, call.output) ? std::make_unique<GroupsWriter>(call) : nullptr;
  }
  const bool is_known = std::all_of(call.inputs.begin() + 1, call.inputs.end(), [&](const Value& value) {
    return value.is_constant() && value.shape.numel() == n.groups.numel();
  });
  return is_known ? std::make_unique<MapWriter>(call) : nullptr;
}

}  // namespace reel::inline REEL_PRECISION::c

#include "golden/golden_ops.h"

#include <algorithm>
#include <optional>
#include <utility>

using namespace reel;

namespace reel_test::inline REEL_PRECISION {
namespace {

using Inputs = std::vector<Var>;

Var optional(const Inputs& x, std::size_t i) { return i < x.size() ? x[i] : Var(); }

Scalar scalar(const GoldenCase& c, const std::string& name) { return static_cast<Scalar>(c.number(name)); }

GoldenOp unary(Var (*f)(Operand)) {
  return [f](const GoldenCase&, const Inputs& x) { return f(x[0]); };
}

GoldenOp binary(Var (*f)(Operand, Var)) {
  return [f](const GoldenCase&, const Inputs& x) { return f(x[0], x[1]); };
}

GoldenOp reduction(Var (*whole)(Operand), Var (*over)(Operand, Dims, ReduceOptions)) {
  return [=](const GoldenCase& c, const Inputs& x) {
    if (!c.numbers.contains("dims")) return whole(x[0]);
    Dims dims = 0;
    dims.values = c.integers("dims");
    return over(x[0], dims, {.keepdim = c.flag("keepdim")});
  };
}

Reduction reduction_of(const GoldenCase& c) {
  const std::string& name = c.texts.at("reduction");
  return name == "mean" ? Reduction::kMean : name == "sum" ? Reduction::kSum : Reduction::kNone;
}

std::vector<int> integers_of(const GoldenCase& c, const std::string& name) {
  const std::vector<Index> values = c.integers(name);
  return {values.begin(), values.end()};
}

GoldenOp distance(Var (*to_var)(Operand, Var, LossOptions),
                  Var (*to_tensor)(Operand, const Tensor&, LossOptions)) {
  return [=](const GoldenCase& c, const Inputs& x) {
    const LossOptions options{.reduction = reduction_of(c)};
    return x.size() == 2 ? to_var(x[0], x[1], options) : to_tensor(x[0], c.tensor("target"), options);
  };
}

Var run_cross_entropy(const GoldenCase& c, const Inputs& x) {
  CrossEntropyOptions options{.label_smoothing = c.number("label_smoothing"), .reduction = reduction_of(c)};
  if (c.tensors.contains("weight")) options.weight = c.tensor("weight");
  if (c.numbers.contains("ignore_index")) options.ignore_index = static_cast<int>(c.integer("ignore_index"));
  if (c.tensors.contains("target")) return cross_entropy(x[0], c.tensor("target"), options);
  return cross_entropy(x[0], integers_of(c, "labels"), options);
}

Var run_batch_norm2d(const GoldenCase& c, const Inputs& x) {
  BatchNorm2dState state{.training = c.flag("training", true)};
  if (c.tensors.contains("running_mean")) {  // which training moves to running_mean_after
    state.running_mean = c.tensor("running_mean");
    state.running_var = c.tensor("running_var");
  }
  return batch_norm2d(x[0], optional(x, 1), optional(x, 2), state,
                      {.eps = c.number("eps", 1e-5), .momentum = c.number("momentum", 0.1)});
}

std::optional<Size2> stride_of(const GoldenCase& c) {
  if (!c.numbers.contains("stride")) return {};
  return c.size("stride");
}

Var run_where(const GoldenCase& c, const Inputs& x) {
  const Tensor& condition = c.tensor("condition");
  if (c.numbers.contains("a")) return where(condition, scalar(c, "a"), x[0]);
  if (c.numbers.contains("b")) return where(condition, x[0], scalar(c, "b"));
  return where(condition, x[0], x[1]);
}

void add_elementwise(GoldenOps& table) {
  table["add"] = binary(add);
  table["sub"] = binary(sub);
  table["mul"] = binary(mul);
  table["div"] = binary(div);
  table["mul_self"] = [](const GoldenCase&, const Inputs& x) { return x[0] * x[0]; };
  table["add_scalar"] = [](const GoldenCase& c, const Inputs& x) { return x[0] + scalar(c, "scalar"); };
  table["sub_scalar"] = [](const GoldenCase& c, const Inputs& x) { return x[0] - scalar(c, "scalar"); };
  table["mul_scalar"] = [](const GoldenCase& c, const Inputs& x) { return x[0] * scalar(c, "scalar"); };
  table["div_scalar"] = [](const GoldenCase& c, const Inputs& x) { return x[0] / scalar(c, "scalar"); };
  table["scalar_sub"] = [](const GoldenCase& c, const Inputs& x) { return scalar(c, "scalar") - x[0]; };
  table["scalar_div"] = [](const GoldenCase& c, const Inputs& x) { return scalar(c, "scalar") / x[0]; };
  table["maximum"] = binary(maximum);
  table["minimum"] = binary(minimum);
  table["maximum_scalar"] = [](const GoldenCase& c, const Inputs& x) {
    return maximum(scalar(c, "scalar"), x[0]);
  };
  table["where"] = run_where;
  table["neg"] = unary(neg);
  table["relu"] = unary(relu);
  table["gelu"] = unary(gelu);
  table["silu"] = unary(silu);
  table["sigmoid"] = unary(sigmoid);
  table["tanh"] = unary(reel::tanh);
  table["exp"] = unary(reel::exp);
  table["log"] = unary(reel::log);
  table["sqrt"] = unary(reel::sqrt);
  table["abs"] = unary(reel::abs);
  table["softplus"] = [](const GoldenCase& c, const Inputs& x) {
    return softplus(x[0], scalar(c, "beta"), scalar(c, "threshold"));
  };
  table["elu"] = [](const GoldenCase& c, const Inputs& x) { return elu(x[0], scalar(c, "alpha")); };
  table["hardswish"] = unary(hardswish);
  table["mish"] = unary(mish);
  table["pow"] = [](const GoldenCase& c, const Inputs& x) { return pow(x[0], scalar(c, "exponent")); };
  table["leaky_relu"] = [](const GoldenCase& c, const Inputs& x) {
    return leaky_relu(x[0], scalar(c, "negative_slope"));
  };
  table["clamp"] = [](const GoldenCase& c, const Inputs& x) {
    return clamp(x[0], scalar(c, "low"), scalar(c, "high"));
  };
}

void add_reductions_and_products(GoldenOps& table) {
  table["sum"] = reduction(sum, sum);
  table["mean"] = reduction(mean, mean);
  table["max"] = reduction(reel::max, reel::max);
  table["softmax"] = [](const GoldenCase& c, const Inputs& x) { return softmax(x[0], c.integer("dim")); };
  table["log_softmax"] = [](const GoldenCase& c, const Inputs& x) {
    return log_softmax(x[0], c.integer("dim"));
  };
  table["matmul"] = binary(matmul);
  table["embedding"] = [](const GoldenCase& c, const Inputs& x) {
    if (c.tensors.contains("indices")) return embedding(x[0], c.tensor("indices"));
    return embedding(x[0], integers_of(c, "indices"));
  };
  table["linear"] = [](const GoldenCase&, const Inputs& x) { return linear(x[0], x[1], optional(x, 2)); };
}

void add_convolutions(GoldenOps& table) {
  table["conv2d"] = [](const GoldenCase& c, const Inputs& x) {
    return conv2d(x[0], x[1], optional(x, 2),
                  {.stride = c.size("stride"),
                   .padding = c.padding(),
                   .dilation = c.size("dilation"),
                   .groups = c.integer("groups", 1)});
  };
  table["conv1d"] = [](const GoldenCase& c, const Inputs& x) {
    return conv1d(x[0], x[1], optional(x, 2),
                  {.stride = c.integer("stride", 1),
                   .padding = c.integer("padding"),
                   .dilation = c.integer("dilation", 1),
                   .groups = c.integer("groups", 1)});
  };
  table["conv1x1"] = [](const GoldenCase&, const Inputs& x) { return conv1x1(x[0], x[1], optional(x, 2)); };
  table["conv_transpose2d"] = [](const GoldenCase& c, const Inputs& x) {
    return conv_transpose2d(x[0], x[1], optional(x, 2),
                            {.stride = c.size("stride"),
                             .padding = c.padding(),
                             .dilation = c.size("dilation"),
                             .groups = c.integer("groups", 1),
                             .output_padding = c.size("output_padding", 0)});
  };
  table["max_pool2d"] = [](const GoldenCase& c, const Inputs& x) {
    return max_pool2d(x[0], c.size("kernel"),
                      {.stride = stride_of(c),
                       .padding = c.padding(),
                       .dilation = c.size("dilation"),
                       .ceil_mode = c.flag("ceil_mode")});
  };
  table["avg_pool2d"] = [](const GoldenCase& c, const Inputs& x) {
    return avg_pool2d(x[0], c.size("kernel"),
                      {.stride = stride_of(c),
                       .padding = c.padding(),
                       .ceil_mode = c.flag("ceil_mode"),
                       .count_include_pad = c.flag("count_include_pad")});
  };
  table["global_avg_pool2d"] = unary(global_avg_pool2d);
  table["upsample2d"] = [](const GoldenCase& c, const Inputs& x) {
    const bool bilinear = c.texts.at("mode") == "bilinear";
    return upsample2d(x[0], c.size("factor"),
                      {.mode = bilinear ? Interpolation::kBilinear : Interpolation::kNearest,
                       .align_corners = c.flag("align_corners")});
  };
  table["adaptive_avg_pool2d"] = [](const GoldenCase& c, const Inputs& x) {
    return adaptive_avg_pool2d(x[0], c.size("output"));
  };
}

void add_normalisation_and_losses(GoldenOps& table) {
  table["batch_norm2d"] = run_batch_norm2d;
  table["layer_norm"] = [](const GoldenCase& c, const Inputs& x) {
    return layer_norm(x[0], x[1], optional(x, 2), {.eps = c.number("eps", 1e-5)});
  };
  table["group_norm"] = [](const GoldenCase& c, const Inputs& x) {
    return group_norm(x[0], c.integer("groups"), optional(x, 1), optional(x, 2),
                      {.eps = c.number("eps", 1e-5)});
  };
  table["instance_norm2d"] = [](const GoldenCase& c, const Inputs& x) {
    return instance_norm2d(x[0], optional(x, 1), optional(x, 2),
                           {.eps = c.number("eps", 1e-5), .affine = true});
  };
  table["dropout"] = [](const GoldenCase& c, const Inputs& x) {
    return dropout(x[0], c.number("p"), c.flag("training"));
  };
  table["cross_entropy"] = run_cross_entropy;
  table["nll_loss"] = [](const GoldenCase& c, const Inputs& x) {
    return nll_loss(x[0], integers_of(c, "labels"), {.reduction = reduction_of(c)});
  };
  table["mse_loss"] = distance(mse_loss, mse_loss);
  table["l1_loss"] = distance(l1_loss, l1_loss);
  table["huber_loss"] = [](const GoldenCase& c, const Inputs& x) {
    return huber_loss(x[0], c.tensor("target"), {.delta = c.number("delta"), .reduction = reduction_of(c)});
  };
  table["kl_div"] = [](const GoldenCase& c, const Inputs& x) {
    return kl_div(x[0], c.tensor("target"), {.reduction = reduction_of(c)});
  };
  table["bce_with_logits"] = [](const GoldenCase& c, const Inputs& x) {
    BceWithLogitsOptions options{.reduction = reduction_of(c)};
    if (c.tensors.contains("pos_weight")) options.pos_weight = c.tensor("pos_weight");
    return bce_with_logits(x[0], c.tensor("target"), options);
  };
}

void add_shapes(GoldenOps& table) {
  table["reshape"] = [](const GoldenCase& c, const Inputs& x) { return reshape(x[0], c.integers("sizes")); };
  table["flatten"] = [](const GoldenCase& c, const Inputs& x) {
    return flatten(x[0], c.integer("start_dim"));
  };
  table["squeeze"] = [](const GoldenCase& c, const Inputs& x) {
    return c.numbers.contains("dim") ? squeeze(x[0], c.integer("dim")) : squeeze(x[0]);
  };
  table["unsqueeze"] = [](const GoldenCase& c, const Inputs& x) { return unsqueeze(x[0], c.integer("dim")); };
  table["transpose"] = [](const GoldenCase& c, const Inputs& x) {
    return transpose(x[0], c.integers("dims")[0], c.integers("dims")[1]);
  };
  table["permute"] = [](const GoldenCase& c, const Inputs& x) { return permute(x[0], c.integers("order")); };
  table["concat"] = [](const GoldenCase& c, const Inputs& x) { return concat(x, c.integer("dim")); };
  table["stack"] = [](const GoldenCase& c, const Inputs& x) { return stack(x, c.integer("dim")); };
  table["slice"] = [](const GoldenCase& c, const Inputs& x) {
    const std::vector<Index> range = c.integers("range");
    return slice(x[0], c.integer("dim"), {.begin = range[0], .end = range[1], .step = range[2]});
  };
  table["select"] = [](const GoldenCase& c, const Inputs& x) {
    return select(x[0], c.integer("dim"), c.integer("index"));
  };
  table["chunk"] = [](const GoldenCase& c, const Inputs& x) {
    std::vector<Var> parts = chunk(x[0], c.integer("chunks"), c.integer("dim"));
    std::ranges::reverse(parts);  // so that their borders show
    return concat(parts, c.integer("dim"));
  };
  table["pad2d"] = [](const GoldenCase& c, const Inputs& x) {
    return pad2d(x[0], c.padding(), scalar(c, "value"));
  };
}

}  // namespace

const GoldenOps& golden_ops() {
  static const GoldenOps table = [] {
    GoldenOps all;
    add_elementwise(all);
    add_reductions_and_products(all);
    add_convolutions(all);
    add_normalisation_and_losses(all);
    add_shapes(all);
    return all;
  }();
  return table;
}

std::vector<Var> golden_inputs(Tape& tape, const GoldenCase& golden) {
  std::vector<Var> inputs;
  for (const Tensor& x : golden.inputs()) inputs.push_back(tape.variable(x));
  return inputs;
}

}  // namespace reel_test::inline REEL_PRECISION

#include "step/functions.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/text/detail/nearest.h>
#include <reel/layers/batch_norm2d.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/linear.h>

#include "step/digit.h"

namespace reel::apps {
namespace {

using Args = const Arguments&;

Scalar scalar(Args a, std::string_view name) { return static_cast<Scalar>(a.number(name)); }

// ---- Rows that look alike.

template <Var (*F)(Operand)>
Value unary(Args a) {
  return F(a.tensor());
}

template <Var (*F)(Operand, Var)>
Value binary(Args a) {
  const auto [x, other] = a.tensors<2>();
  return F(x, other);
}

template <Var (*F)(Operand, Var, Var)>
Value with_bias(Args a) {
  const auto [x, weight, bias] = a.tensors<3>();
  return F(x, weight, bias);
}

template <Var (*F)(Located<std::span<const Var>>, Dim)>
Value joined(Args a) {
  const std::vector<Var> parts = a.several("tensors");
  return F({std::span(parts), a.where()}, a.whole("dim"));
}

template <Var (*F)(Operand, Dim)>
Value along(Args a) {
  return F(a.tensor(), a.whole("dim"));
}

// Over every element, or over the dimensions that are given.
template <Var (*All)(Operand), Var (*Over)(Operand, Dims, ReduceOptions)>
Value reduced(Args a) {
  if (a.is_none("dim")) return All(a.tensor());
  Dims dims = 0;
  dims.values = a.wholes("dim");
  return Over(a.tensor(), std::move(dims), {.keepdim = a.flag("keepdim")});
}

template <Var (*Tensors)(Operand, Var), Var (*WithNumber)(Operand, Scalar)>
Value extreme(Args a) {
  if (a.is_number("other")) return WithNumber(a.tensor(), scalar(a, "other"));
  return binary<Tensors>(a);
}

// What convolutions of images have in common.
template <class Options>
Options convolution_options(Args a) {
  Options options;
  options.stride = a.size2("stride");
  options.padding = a.padding2("padding");
  options.dilation = a.size2("dilation");
  options.groups = a.whole("groups");
  return options;
}

template <Var (*F)(Operand, Var, LossOptions)>
Value distance(Args a) {
  const auto [x, target] = a.tensors<2>();
  return F(x, target, {.reduction = a.reduction()});
}

// ---- Leaves.

Value parameter(Args a) {
  Materials& materials = a.materials();
  Parameter& kept =
      materials.parameters.emplace_back(Parameter{.name = a.name(), .value = a.constant("values")});
  return materials.tape.parameter({kept, a.where()});
}

Value digit(Args a) {
  const Index label = a.whole("label");
  if (label < 0 || label > 9) a.wrong("label", "a digit from 0 to 9");
  return chosen_digit(a.materials(), static_cast<int>(label));
}

Tensor filled(Args a, Scalar value) { return Tensor::full(Shape(a.wholes("shape")), value); }

// ---- Layers: an op with weights of its own, which start as PyTorch's do.

template <class L>
Value run(Args a, Operand x, L layer) {
  return a.materials().layers.add({a.layer_name(), a.where()}, std::move(layer))(x);
}

// A size of what a layer reads, by which its weights are made.
Located<Index> size_of(Operand x, Index dimension) { return {x.size({dimension, x.where}), x.where}; }

Value conv2d_layer(Args a) {
  const Operand x = a.tensor();
  auto options = convolution_options<Conv2dOptions>(a);
  options.bias = a.flag("bias");
  return run(a, x, Conv2d{size_of(x, 1), a.whole("out_channels"), a.size2("kernel_size"), options});
}

Value linear_layer(Args a) {
  const Operand x = a.tensor();
  return run(a, x, Linear{size_of(x, -1), a.whole("out_features"), {.bias = a.flag("bias")}});
}

Value batch_norm2d_layer(Args a) {
  const Operand x = a.tensor();
  return run(a, x, BatchNorm2d{size_of(x, 1), {.eps = a.number("eps"), .affine = a.flag("affine")}});
}

// ---- Ops whose options take some lines.

Value conv1d_op(Args a) {
  const auto [x, weight, bias] = a.tensors<3>();
  return conv1d(x, weight, bias,
                {.stride = a.whole("stride"),
                 .padding = a.whole("padding"),
                 .dilation = a.whole("dilation"),
                 .groups = a.whole("groups")});
}

Value conv2d_op(Args a) {
  const auto [x, weight, bias] = a.tensors<3>();
  return conv2d(x, weight, bias, convolution_options<Conv2dOptions>(a));
}

Value conv_transpose2d_op(Args a) {
  const auto [x, weight, bias] = a.tensors<3>();
  auto options = convolution_options<ConvTranspose2dOptions>(a);
  options.output_padding = a.size2("output_padding");
  return conv_transpose2d(x, weight, bias, options);
}

PoolingStride pooling_stride(Args a) { return a.is_none("stride") ? PoolingStride() : a.size2("stride"); }

Value max_pool2d_op(Args a) {
  return max_pool2d(a.tensor(), a.size2("kernel_size"),
                    {.stride = pooling_stride(a),
                     .padding = a.padding2("padding"),
                     .dilation = a.size2("dilation"),
                     .ceil_mode = a.flag("ceil_mode")});
}

Value avg_pool2d_op(Args a) {
  return avg_pool2d(a.tensor(), a.size2("kernel_size"),
                    {.stride = pooling_stride(a),
                     .padding = a.padding2("padding"),
                     .ceil_mode = a.flag("ceil_mode"),
                     .count_include_pad = a.flag("count_include_pad")});
}

Value upsample2d_op(Args a) {
  constexpr std::array kModes{Interpolation::kNearest, Interpolation::kBilinear};
  return upsample2d(
      a.tensor(), a.size2("scale_factor"),
      {.mode = kModes[a.one_of("mode", {"nearest", "bilinear"})], .align_corners = a.flag("align_corners")});
}

Value slice_op(Args a) {
  Range range{.begin = a.whole("begin"), .step = a.whole("step")};
  if (!a.is_none("end")) range.end = a.whole("end");
  return slice(a.tensor(), a.whole("dim"), range);
}

// ---- The table.

constexpr Function kFunctions[] = {
    {"input(values)",
     [](Args a) -> Value {
       return a.materials().tape.input({a.constant("values"), a.where()});
     }},
    {"variable(values)",
     [](Args a) -> Value {
       return a.materials().tape.variable({a.constant("values"), a.where()});
     }},
    {"parameter(values)", parameter},
    {"zeros(shape)", [](Args a) -> Value { return filled(a, 0); }},
    {"ones(shape)", [](Args a) -> Value { return filled(a, 1); }},
    {"digit(label)", digit},

    {"conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)", conv2d_op},
    {"conv1x1(x, weight, bias=None)", with_bias<conv1x1>},
    {"conv1d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)", conv1d_op},
    {"conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)",
     conv_transpose2d_op},
    {"linear(x, weight, bias=None)", with_bias<linear>},
    {"matmul(x, other)", binary<matmul>},
    {"embedding(weight, indices)",
     [](Args a) -> Value { return embedding(a.tensor(), a.constant("indices")); }},

    {"max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False)", max_pool2d_op},
    {"avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True)",
     avg_pool2d_op},
    {"global_avg_pool2d(x)", unary<global_avg_pool2d>},
    {"adaptive_avg_pool2d(x, output_size)",
     [](Args a) -> Value { return adaptive_avg_pool2d(a.tensor(), a.size2("output_size")); }},
    {"upsample2d(x, scale_factor, mode=\"nearest\", align_corners=False)", upsample2d_op},
    {"pad2d(x, padding, value=0)",
     [](Args a) -> Value { return pad2d(a.tensor(), a.padding2("padding"), scalar(a, "value")); }},

    {"relu(x)", unary<relu>},
    {"leaky_relu(x, negative_slope=0.01)",
     [](Args a) -> Value { return leaky_relu(a.tensor(), scalar(a, "negative_slope")); }},
    {"elu(x, alpha=1)", [](Args a) -> Value { return elu(a.tensor(), scalar(a, "alpha")); }},
    {"gelu(x)", unary<gelu>},
    {"silu(x)", unary<silu>},
    {"mish(x)", unary<mish>},
    {"hardswish(x)", unary<hardswish>},
    {"softplus(x, beta=1, threshold=20)",
     [](Args a) -> Value { return softplus(a.tensor(), scalar(a, "beta"), scalar(a, "threshold")); }},
    {"sigmoid(x)", unary<sigmoid>},
    {"tanh(x)", unary<reel::tanh>},
    {"exp(x)", unary<reel::exp>},
    {"log(x)", unary<reel::log>},
    {"sqrt(x)", unary<reel::sqrt>},
    {"abs(x)", unary<reel::abs>},
    {"pow(x, exponent)", [](Args a) -> Value { return pow(a.tensor(), scalar(a, "exponent")); }},
    {"clamp(x, min, max)",
     [](Args a) -> Value { return clamp(a.tensor(), scalar(a, "min"), scalar(a, "max")); }},
    {"maximum(x, other)", extreme<maximum, maximum>},
    {"minimum(x, other)", extreme<minimum, minimum>},
    {"where(condition, x, other)",
     [](Args a) -> Value {
       const auto [x, other] = a.tensors<2, 1>();
       return where({a.constant("condition"), a.where()}, x, other);
     }},

    {"sum(x, dim=None, keepdim=False)", reduced<sum, sum>},
    {"mean(x, dim=None, keepdim=False)", reduced<mean, mean>},
    {"max(x, dim=None, keepdim=False)", reduced<max, max>},
    {"softmax(x, dim=-1)", along<softmax>},
    {"log_softmax(x, dim=-1)", along<log_softmax>},

    {"batch_norm2d(x, weight=None, bias=None, eps=1e-5)",
     [](Args a) -> Value {
       const auto [x, weight, bias] = a.tensors<3>();
       return batch_norm2d(x, weight, bias, {}, {.eps = a.number("eps")});
     }},
    {"layer_norm(x, weight, bias=None, eps=1e-5)",
     [](Args a) -> Value {
       const auto [x, weight, bias] = a.tensors<3>();
       return layer_norm(x, weight, bias, {.eps = a.number("eps")});
     }},
    {"group_norm(x, weight=None, bias=None, num_groups=1, eps=1e-5)",
     [](Args a) -> Value {
       const auto [x, weight, bias] = a.tensors<3>();
       return group_norm(x, a.whole("num_groups"), weight, bias, {.eps = a.number("eps")});
     }},
    {"instance_norm2d(x, weight=None, bias=None, eps=1e-5)",
     [](Args a) -> Value {
       const auto [x, weight, bias] = a.tensors<3>();
       return instance_norm2d(x, weight, bias,
                              {.eps = a.number("eps"), .affine = weight.defined() || bias.defined()});
     }},
    {"dropout(x, p=0.5)", [](Args a) -> Value { return dropout(a.tensor(), a.number("p")); }},

    {"flatten(x, start_dim=1)", [](Args a) -> Value { return flatten(a.tensor(), a.whole("start_dim")); }},
    {"reshape(x, shape)", [](Args a) -> Value { return reshape(a.tensor(), a.wholes("shape")); }},
    {"squeeze(x, dim=None)",
     [](Args a) -> Value {
       return a.is_none("dim") ? squeeze(a.tensor()) : squeeze(a.tensor(), a.whole("dim"));
     }},
    {"unsqueeze(x, dim)", along<unsqueeze>},
    {"transpose(x, dim0, dim1)",
     [](Args a) -> Value { return transpose(a.tensor(), a.whole("dim0"), a.whole("dim1")); }},
    {"permute(x, dims)", [](Args a) -> Value { return permute(a.tensor(), a.wholes("dims")); }},
    {"concat(tensors, dim=0)", joined<concat>},
    {"stack(tensors, dim=0)", joined<stack>},
    {"slice(x, dim, begin=0, end=None, step=1)", slice_op},
    {"select(x, dim, index)",
     [](Args a) -> Value { return select(a.tensor(), a.whole("dim"), a.whole("index")); }},

    {"mse_loss(x, target, reduction=\"mean\")", distance<mse_loss>},
    {"l1_loss(x, target, reduction=\"mean\")", distance<l1_loss>},
    {"huber_loss(x, target, delta=1, reduction=\"mean\")",
     [](Args a) -> Value {
       return huber_loss(a.tensor(), a.constant("target"),
                         {.delta = a.number("delta"), .reduction = a.reduction()});
     }},
    {"cross_entropy(x, target, label_smoothing=0, reduction=\"mean\")",
     [](Args a) -> Value {
       return cross_entropy(a.tensor(), a.constant("target"),
                            {.label_smoothing = a.number("label_smoothing"), .reduction = a.reduction()});
     }},
    {"nll_loss(x, target, reduction=\"mean\")",
     [](Args a) -> Value { return nll_loss(a.tensor(), a.labels("target"), {.reduction = a.reduction()}); }},
    {"bce_with_logits(x, target, reduction=\"mean\")",
     [](Args a) -> Value {
       return bce_with_logits(a.tensor(), a.constant("target"), {.reduction = a.reduction()});
     }},
    {"kl_div(x, target, reduction=\"mean\")",
     [](Args a) -> Value { return kl_div(a.tensor(), a.constant("target"), {.reduction = a.reduction()}); }},

    {"Conv2d(x, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True)",
     conv2d_layer},
    {"Linear(x, out_features, bias=True)", linear_layer},
    {"BatchNorm2d(x, eps=1e-5, affine=True)", batch_norm2d_layer},
};

}  // namespace

std::span<const Function> functions() { return kFunctions; }

const Function& function_called(const Expression& call) {
  const auto found = std::ranges::find(kFunctions, call.text, &Function::name);
  if (found != std::end(kFunctions)) return *found;
  std::vector<std::string> names;
  for (const Function& function : kFunctions) names.emplace_back(function.name());
  throw_at(call.where, fmt::format("there is no op \"{}\"{}", call.text,
                                   suggestion(call.text, names, "; step --ops lists them")));
}

}  // namespace reel::apps

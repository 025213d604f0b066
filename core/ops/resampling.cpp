// Images made larger or smaller: upsample2d and adaptive_avg_pool2d.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/kernels/detail/pooling.h>
#include <reel/core/ops/detail/convolution.h>
#include <reel/core/ops/detail/options.h>
#include <reel/core/ops/ops.h>

namespace reel::inline REEL_PRECISION {
namespace {

onnx::Operator resize_in_onnx(Size2 factor, std::string mode, std::string coordinates) {
  const std::array<Scalar, 4> scales{1, 1, static_cast<Scalar>(factor.h), static_cast<Scalar>(factor.w)};
  return {"Resize",
          {onnx::Input{0}, {}, Tensor::from({4}, scales)},
          {{"mode", std::move(mode)}, {"coordinate_transformation_mode", std::move(coordinates)}}};
}

// upsample2d of the nearest pixel: each is repeated to a block.
class NearestOp final : public Op {
 public:
  NearestOp(const Shape& input, const Shape& result, Size2 factor)
      : input_(input),
        result_(result),
        blocks_{input[0] * input[1] * input[2], input[3], factor.h, factor.w},
        factor_(factor) {}

  std::string_view name() const override { return "upsample2d"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_);
    kernels::repeat_pixels(blocks_, inputs[0].data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(input_);
    kernels::sum_blocks(blocks_, pass.dy().data(), dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    return {.options = {detail::shown("factor", factor_)}, .formula = formula(), .in_onnx = [this] {
              return in_onnx();
            }};
  }

 private:
  onnx::Operator in_onnx() const {
    onnx::Operator result = resize_in_onnx(factor_, "nearest", "asymmetric");
    result.attributes.push_back({"nearest_mode", std::string("floor")});
    return result;
  }

  Formula formula() const {
    using formula::Affine;
    Formula f;
    const auto n = f.loop("n", input_[0]), c = f.loop("c", input_[1]), u = f.loop("u", factor_.h),
               v = f.loop("v", factor_.w), i = f.loop("i", input_[2]), j = f.loop("j", input_[3]);
    f.add({n, c, factor_.h * Affine(i) + u, factor_.w * Affine(j) + v}, {{0, {n, c, i, j}}});
    f.places = {{detail::kPixelPlace}, {detail::kPixelPlace}};
    return f;
  }

  Shape input_, result_;
  kernels::Blocks blocks_;
  Size2 factor_;
};

// Which pixels of a line each of `out` pixels is a weighted mean of, `most` at most.
struct Line {
  std::vector<Index> first, count;
  Tensor weights;  // [out,most]

  Line(Index out, Index most)
      : first(static_cast<std::size_t>(out)), count(first.size()), weights(Tensor::zeros({out, most})) {}

  // The next pixel of the i-th mean.
  void add(Index i, Index pixel, double weight) {
    if (weight == 0) return;
    Index& taps = count[static_cast<std::size_t>(i)];
    if (taps == 0) first[static_cast<std::size_t>(i)] = pixel;
    weights.set(i, taps++, static_cast<Scalar>(weight));
  }

  // [out,in]
  Tensor matrix(Index in) const {
    Tensor matrix = Tensor::zeros({std::ssize(first), in});
    for (std::size_t i = 0; i < first.size(); i++) {
      for (Index k = 0; k < count[i]; k++) {
        const auto row = static_cast<Index>(i);
        matrix.set(row, first[i] + k, weights.at(row, k));
      }
    }
    return matrix;
  }
  kernels::Taps taps() const { return {first.data(), count.data(), weights.data(), weights.size(1)}; }
  formula::Table first_of(std::string name, formula::Loop i) const {
    Tensor numbers = Tensor::uninitialized({std::ssize(first)});
    std::ranges::transform(first, numbers.mutable_data(), [](Index k) { return static_cast<Scalar>(k); });
    return {std::move(name), {i}, std::move(numbers)};
  }
};

// The two pixels whose centres are next to that of a pixel of the result, which stands at place / unit. With
// corners aligned, the first and the last of both fall on each other.
Line linear_line(Index in, Index factor, bool align_corners) {
  const Index out = in * factor;
  const Index unit = align_corners ? std::max<Index>(out - 1, 1) : 2 * factor;
  Line line(out, 2);
  for (Index i = 0; i < out; i++) {
    const Index place = align_corners ? i * (in - 1) : std::max<Index>(2 * i + 1 - factor, 0);
    const Index first = place / unit;
    const double second = first == in - 1 ? 0 : static_cast<double>(place % unit) / static_cast<double>(unit);
    line.add(i, first, 1 - second);
    line.add(i, first + 1, second);
  }
  return line;
}

// The windows of an adaptive pooling.
Line window_line(Index in, Index out) {
  const auto begin = [=](Index i) { return i * in / out; };
  const auto end = [=](Index i) { return ((i + 1) * in + out - 1) / out; };
  Index most = 0;
  for (Index i = 0; i < out; i++) most = std::max(most, end(i) - begin(i));
  Line line(out, most);
  for (Index i = 0; i < out; i++) {
    for (Index k = begin(i); k < end(i); k++) line.add(i, k, 1 / static_cast<double>(end(i) - begin(i)));
  }
  return line;
}

// Weighted means along rows and columns.
class SeparableOp final : public Op {
 public:
  SeparableOp(std::string_view name, OpFacts facts, const Shape& input, const Shape& result, Line rows,
              Line columns)
      : name_(name),
        facts_(std::move(facts)),
        input_(input),
        result_(result),
        rows_(std::move(rows)),
        columns_(std::move(columns)) {}

  std::string_view name() const override { return name_; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = Tensor::uninitialized(result_);
    kernels::resample_forward(shape(), inputs[0].data(), y.mutable_data());
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = Tensor::uninitialized(input_);
    kernels::resample_backward(shape(), pass.dy().data(), dx.mutable_data());
    pass.add(0, std::move(dx));
  }

  OpFacts facts(std::span<const Shape>, const Shape&) const override {
    OpFacts facts = facts_;
    constexpr Index kExact = Index{1} << std::numeric_limits<Scalar>::digits;  // of the numbers of a table
    if (std::max(input_[2], input_[3]) <= kExact) facts.formula = formula();
    if (!facts.in_onnx) facts.in_onnx = [this] { return as_products(); };
    facts.saved = {rows_.weights, columns_.weights};
    return facts;
  }

 private:
  kernels::Resampling shape() const {
    return {input_[0] * input_[1], input_[2],      input_[3], result_[2], result_[3],
            rows_.taps(),          columns_.taps()};
  }

  onnx::Operator as_products() const {
    const onnx::Operator columns{"Transpose", {columns_.matrix(input_[3])}};
    return {"MatMul", {rows_.matrix(input_[2]), onnx::Operator{"MatMul", {onnx::Input{0}, columns}}}};
  }

  Formula formula() const {
    using formula::Affine;
    Formula f;
    const auto n = f.loop("n", result_[0]), c = f.loop("c", result_[1]), i = f.loop("i", result_[2]),
               j = f.loop("j", result_[3]), u = f.loop("u", rows_.weights.size(1)),
               v = f.loop("v", columns_.weights.size(1));
    const Affine row(rows_.first_of("first_row", i)), column(columns_.first_of("first_column", j));
    f.add({n, c, i, j}, {{0, {n, c, row + u, column + v}}}).scale.weights = {
        {"row_weight", {i, u}, rows_.weights}, {"column_weight", {j, v}, columns_.weights}};
    f.places = {{detail::kPixelPlace}, {detail::kPixelPlace}};
    return f;
  }

  std::string name_;
  OpFacts facts_;  // its options, and what it reads
  Shape input_, result_;
  Line rows_, columns_;
};

// Each pixel of x reaches a window of the result, as in a transposed convolution. With corners aligned these
// windows shift from one end to the other, within one that is larger.
Reads reads_of_linear(Size2 factor, bool align_corners) {
  const auto first = [=](Index f) { return align_corners ? 1 - f : -(f / 2); };
  const auto count = [=](Index f) { return align_corners ? 3 * f - 2 : 2 * f - f % 2; };
  return {Reads::Kind::kTransposed,
          {.kernel = {count(factor.h), count(factor.w)}, .stride = factor},
          {first(factor.h), first(factor.w)}};
}

// The windows' steps are uneven: each lies within one of the same size and step.
Reads reads_of_windows(Size2 in, Size2 out) {
  const Size2 stride(in.h / out.h, in.w / out.w);
  return {Reads::Kind::kWindow,
          {.kernel = {in.h - (out.h - 1) * stride.h, in.w - (out.w - 1) * stride.w}, .stride = stride},
          0};
}

}  // namespace

Var upsample2d(Operand x, Size2 factor, Upsample2dOptions options) {
  const Call call("upsample2d", x.where);
  const Shape& input = call.shape(x);
  detail::check_images(call, input);
  detail::check_size(call, "factor", factor, detail::kMaxStep);
  detail::check_options(call, options);
  const std::array<Index, 4> sizes{input[0], input[1], input[2] * factor.h, input[3] * factor.w};
  const Shape result = call.make_shape(sizes);
  if (options.mode == Interpolation::kNearest)
    return call.record(std::make_unique<NearestOp>(input, result, factor), result, {x});
  const bool corners = options.align_corners;
  const OpFacts facts{
      .options = {detail::shown("factor", factor), detail::shown("align_corners", corners)},
      .reads = {reads_of_linear(factor, corners)},
      .in_onnx = [=] { return resize_in_onnx(factor, "linear", corners ? "align_corners" : "half_pixel"); }};
  auto op = with_label([&] { return call.label(); }, [&] {  // the weights may find no memory
    return std::make_unique<SeparableOp>(call.name(), facts, input, result,
                                         linear_line(input[2], factor.h, corners),
                                         linear_line(input[3], factor.w, corners));
  });
  return call.record(std::move(op), result, {x});
}

Var adaptive_avg_pool2d(Operand x, Size2 output) {
  const Call call("adaptive_avg_pool2d", x.where);
  const Shape& input = call.shape(x);
  detail::check_images(call, input);
  detail::check_size(call, "output", output, detail::kMaxSide);
  const std::array<Index, 4> sizes{input[0], input[1], output.h, output.w};
  const Shape result = call.make_shape(sizes);
  const Size2 side(input[2], input[3]);
  if (side.h % output.h == 0 && side.w % output.w == 0)
    return avg_pool2d(x, {side.h / output.h, side.w / output.w});
  const OpFacts facts{.options = {detail::shown("output", output)},
                      .reads = {reads_of_windows(side, output)}};
  auto op = with_label([&] { return call.label(); },
                       [&] {
                         return std::make_unique<SeparableOp>(call.name(), facts, input, result,
                                                              window_line(side.h, output.h),
                                                              window_line(side.w, output.w));
                       });
  return call.record(std::move(op), result, {x});
}

}  // namespace reel::inline REEL_PRECISION

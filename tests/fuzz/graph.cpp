#include "graph.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include <reel/core/error.h>
#include <reel/core/ops/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>

using namespace reel;

namespace reel_fuzz::REEL_PRECISION {
namespace {

constexpr Index kLargestLeaf = 1500, kLargestValue = 2000;  // elements; what is larger is not used again
constexpr int kMostOps = 10;

// A value of the graph. Exact: a multiple of a power of two with few digits, the same in both precisions.
struct Value {
  Var var;
  bool exact = true;
};

// What the bytes say next; zeros after their end.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool left() const { return next_ < bytes_.size(); }
  unsigned byte() { return left() ? bytes_[next_++] : 0; }
  bool flip() { return byte() & 1; }
  // A number in [low, high], or now and then one that no option may be.
  Index number(Index low, Index high) {
    const unsigned b = byte();
    return b >= 246 ? kWild[b - 246] : low + static_cast<Index>(b) % (high - low + 1);
  }
  Size2 size(Index low, Index high) {
    if (flip()) return {number(low, high), number(low, high)};
    return number(low, high);
  }
  Padding2 padding(Index high) {
    if (flip()) return {number(0, high), number(0, high), number(0, high), number(0, high)};
    return number(0, high);
  }

 private:
  static constexpr Index kMin = std::numeric_limits<Index>::min(), kMax = std::numeric_limits<Index>::max();
  static constexpr std::array<Index, 10> kWild{
      kMin, kMax, -1, -2, 32769, -32769, Index{1} << 31, Index{1} << 40, Index{1} << 58, Index{1} << 62};

  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

class Graph {
 public:
  Graph(std::span<const std::uint8_t> bytes, Way way)
      : in_(bytes), tape_({.keep_grads = way == Way::kUnfused}) {}

  GraphResult run();

 private:
  using OpMaker = Value (Graph::*)();

  Value pick() { return values_[in_.byte() % values_.size()]; }
  // One with four dimensions, or a new leaf.
  Value image() {
    const Value value = pick();
    return value.var.dim() == 4 ? value : leaf(shape(4));
  }
  Index drawn_size() {
    static constexpr std::array<Index, 16> kSizes{1, 2, 3, 4, 5, 1, 2, 3, 7, 8, 9, 16, 17, 33, 0, 6};
    return kSizes[in_.byte() % kSizes.size()];
  }
  Shape shape(unsigned dims);
  Value leaf(const Shape& shape);
  Var bias(Index channels) { return in_.flip() ? leaf({channels}).var : Var(); }
  Reduction reduction() { return static_cast<Reduction>(in_.byte() % 3); }

  // Rounding may decide on which side of a kink a number lies.
  Value kinked(Value x, Var y) {
    result_.gradients_comparable = result_.gradients_comparable && x.exact;
    return {y, x.exact};
  }
  Value rough(Var y) {
    result_.comparable = false;
    return {y, false};
  }

  Value arithmetic();
  Value scalars();
  Value smooth_function();
  Value kinked_function();
  Value rough_function();
  Value reduction_op();
  Value softmax_op();
  Value product();
  Value linear_op();
  Value convolution();
  Value pointwise();
  Value transposed();
  Value pooling();
  Value normalisation();
  Value dropout_op();
  Value view();
  Value join();
  Value part();
  Value pair_loss();
  Value class_loss();

  void attempt(const std::function<void()>& f);
  void add_op();
  void backward();

  static constexpr OpMaker kOps[] = {
      &Graph::arithmetic,     &Graph::scalars,       &Graph::smooth_function, &Graph::kinked_function,
      &Graph::rough_function, &Graph::reduction_op,  &Graph::softmax_op,      &Graph::product,
      &Graph::linear_op,      &Graph::convolution,   &Graph::pointwise,       &Graph::transposed,
      &Graph::pooling,        &Graph::normalisation, &Graph::dropout_op,      &Graph::view,
      &Graph::join,           &Graph::part,          &Graph::pair_loss,       &Graph::class_loss};

  Bytes in_;
  Tape tape_;
  GraphResult result_;
  std::vector<Value> values_;
  std::vector<Var> leaves_;
  std::uint64_t drawn_ = 0;
};

Shape Graph::shape(unsigned dims) {
  std::vector<Index> sizes;
  Index numel = 1;
  for (unsigned i = 0; i < dims; i++) {
    const Index size = drawn_size();
    sizes.push_back(numel * size > kLargestLeaf ? 1 : size);
    numel *= std::max<Index>(sizes.back(), 1);
  }
  return Shape(sizes);
}

// Quarters from -4 to 4: exact in both precisions, with many ties and zeros.
Value Graph::leaf(const Shape& shape) {
  Tensor tensor = Tensor::uninitialized(shape);
  const RandomStream stream(1, 0);
  for (Scalar& x : tensor.mutable_values()) x = static_cast<Scalar>(stream.below(drawn_++, 33)) / 4 - 4;
  const Value value{tape_.variable(tensor)};
  leaves_.push_back(value.var);
  values_.push_back(value);
  return value;
}

Value Graph::arithmetic() {
  const Value a = pick(), b = pick();
  const bool exact = a.exact && b.exact;
  switch (in_.byte() % 4) {
    case 0:
      return {a.var + b.var, exact};
    case 1:
      return {a.var - b.var, exact};
    case 2:
      return {a.var * b.var, exact};
    default:
      return rough(a.var / b.var);
  }
}

Value Graph::scalars() {
  const Value x = pick();
  return {(-x.var + Scalar(1.5)) * Scalar(-0.5) - Scalar(0.25), x.exact};
}

Value Graph::smooth_function() {
  static constexpr std::array<Var (*)(Var, Location), 5> kFunctions{gelu, silu, sigmoid, tanh, neg};
  return {kFunctions[in_.byte() % kFunctions.size()](pick().var, {}), false};
}

Value Graph::kinked_function() {
  const Value x = pick();
  switch (in_.byte() % 4) {
    case 0:
      return kinked(x, relu(x.var));
    case 1:
      return kinked(x, leaky_relu(x.var, Scalar(0.25)));
    case 2:
      return kinked(x, abs(x.var));
    default:
      const auto low = static_cast<Scalar>(in_.byte() % 16) / 4 - 2;
      return kinked(x, clamp(x.var, low, static_cast<Scalar>(in_.byte() % 16) / 4 - 1));
  }
}

Value Graph::rough_function() {
  const Var x = pick().var;
  switch (in_.byte() % 4) {
    case 0:
      return rough(exp(x));
    case 1:
      return rough(log(x));
    case 2:
      return rough(sqrt(x));
    default:
      return rough(pow(x, static_cast<Scalar>(in_.byte() % 8) - 3));
  }
}

Value Graph::reduction_op() {
  const Value x = pick();
  const unsigned kind = in_.byte() % 3;
  if (in_.flip()) {
    if (kind == 2) return kinked(x, max(x.var));
    return {kind == 0 ? sum(x.var) : mean(x.var), kind == 0 && x.exact};
  }
  Dims dims{};
  for (unsigned left = 1 + in_.byte() % 3; left > 0; left--) dims.values.push_back(in_.number(-4, 4));
  const ReduceOptions options{.keepdim = in_.flip()};
  if (kind == 2) return kinked(x, max(x.var, dims, options));
  return {kind == 0 ? sum(x.var, dims, options) : mean(x.var, dims, options), kind == 0 && x.exact};
}

Value Graph::softmax_op() {
  const Var x = pick().var;
  return {in_.flip() ? softmax(x, in_.number(-3, 3)) : log_softmax(x, in_.number(-3, 3)), false};
}

Value Graph::product() {
  const Value a = pick();
  if (in_.flip()) return {matmul(a.var, pick().var), false};
  const Index k = a.var.dim() > 0 ? a.var.size(-1) : 1;
  return {matmul(a.var, leaf({k, 1 + static_cast<Index>(in_.byte() % 9)}).var), false};
}

Value Graph::linear_op() {
  const Value x = pick();
  const Index in = x.var.dim() > 0 ? x.var.size(-1) : 1, out = drawn_size();
  const Var weight = leaf({out, in_.byte() > 250 ? in + 1 : in}).var;
  return {linear(x.var, weight, bias(out)), false};
}

Value Graph::convolution() {
  static constexpr std::array<Index, 8> kKernels{1, 2, 3, 3, 3, 4, 5, 7};
  const Value x = image();
  const Index channels = x.var.size(1);
  Conv2dParams params{.stride = in_.size(1, 3), .padding = in_.padding(4), .dilation = in_.size(1, 3)};
  const unsigned kind = in_.byte();
  params.groups = kind > 250 ? in_.number(0, 3) : kind % 4 == 3 ? std::max<Index>(channels, 1) : 1;
  const Index groups = std::clamp<Index>(params.groups, 1, 64);
  const Index out = groups * (1 + in_.byte() % 5), in = std::max<Index>(channels / groups, 1);
  const Shape weight{out, in_.byte() > 250 ? in + 1 : in, kKernels[in_.byte() % 8], kKernels[in_.byte() % 8]};
  return {conv2d(x.var, leaf(weight).var, bias(out), params), false};
}

Value Graph::pointwise() {
  const Value x = image();
  const Index out = 1 + in_.byte() % 17;
  return {conv1x1(x.var, leaf({out, x.var.size(1), 1, 1}).var, bias(out)), false};
}

Value Graph::transposed() {
  const Value x = image();
  const Index channels = x.var.size(1), out = 1 + in_.byte() % 5;
  ConvTranspose2dParams params{
      .stride = in_.size(1, 3), .padding = in_.padding(3), .dilation = in_.size(1, 3)};
  params.output_padding = in_.size(0, 1);
  params.groups = in_.byte() > 200 ? std::max<Index>(channels, 1) : 1;
  const Shape weight{channels, out, 1 + in_.byte() % 5, 1 + in_.byte() % 5};
  return {conv_transpose2d(x.var, leaf(weight).var, bias(out * params.groups), params), false};
}

Value Graph::pooling() {
  const Value x = image();
  const Size2 kernel = in_.size(1, 5);
  const Padding2 padding = in_.padding(2);
  const PoolingStride stride = in_.flip() ? PoolingStride(in_.size(1, 4)) : PoolingStride();
  switch (in_.byte() % 3) {
    case 0:
      return kinked(
          x,
          max_pool2d(
              x.var, kernel,
              {.stride = stride, .padding = padding, .dilation = in_.size(1, 3), .ceil_mode = in_.flip()}));
    case 1:
      return {avg_pool2d(x.var, kernel,
                         {.stride = stride,
                          .padding = padding,
                          .ceil_mode = in_.flip(),
                          .count_include_pad = in_.flip()}),
              false};
    default:
      return {global_avg_pool2d(x.var), false};
  }
}

Value Graph::normalisation() {
  const Var x = pick().var;
  const Index channels = x.dim() > 1 ? x.size(1) : 1;
  if (in_.flip()) {
    BatchNorm2dParams params{.training = in_.flip()};
    if (!params.training || in_.flip()) {
      params.running_mean = Tensor::zeros({channels});
      params.running_var = Tensor::ones({channels});
    }
    const Var weight = bias(channels), shift = bias(channels);
    return rough(batch_norm2d(x, weight, shift, params));
  }
  return rough(layer_norm(x, leaf({x.dim() > 0 ? x.size(-1) : 1}).var));
}

Value Graph::dropout_op() {
  const Value x = pick();
  const double p = in_.byte() % 5 * 0.25;
  return {dropout(x.var, p, in_.flip()), x.exact && p == 0.5};
}

Value Graph::view() {
  const Value x = pick();
  switch (in_.byte() % 4) {
    case 0: {
      std::vector<Index> sizes;
      for (unsigned left = in_.byte() % 4; left > 0; left--) sizes.push_back(in_.number(-1, 9));
      if (in_.flip()) sizes.push_back(-1);
      return {reshape(x.var, sizes), x.exact};
    }
    case 1:
      return {flatten(x.var, in_.number(-3, 4)), x.exact};
    case 2:
      return {transpose(x.var, in_.number(-4, 4), in_.number(-4, 4)), x.exact};
    default: {
      std::vector<Index> order;
      for (Index i = 0; i < x.var.dim(); i++) order.push_back(i);
      for (Index& i : order) std::swap(i, order[in_.byte() % order.size()]);
      if (in_.byte() > 240 && !order.empty()) order[0] = in_.number(-5, 5);
      return {permute(x.var, order), x.exact};
    }
  }
}

Value Graph::join() {
  const Value a = pick(), b = in_.flip() ? a : pick();
  const Index dim = in_.number(-3, 3);
  return {in_.flip() ? concat({a.var, b.var, a.var}, dim) : stack({a.var, b.var}, dim), a.exact && b.exact};
}

Value Graph::part() {
  if (in_.flip()) {
    const Value x = image();
    return {pad2d(x.var, in_.padding(4), Scalar(0.5)), x.exact};
  }
  const Value x = pick();
  const Index dim = in_.number(-3, 3);
  return {slice(x.var, dim, {in_.number(-6, 9), in_.number(-6, 9), in_.number(1, 3)}), x.exact};
}

Value Graph::pair_loss() {
  const Value x = pick(), y = pick();
  switch (in_.byte() % 3) {
    case 0:
      return {mse_loss(x.var, y.var, {reduction()}), false};
    case 1:
      return kinked({x.var, x.exact && y.exact}, l1_loss(x.var, y.var, {reduction()}));
    default:
      return {bce_with_logits(x.var, Tensor::full(x.var.shape(), Scalar(0.25)), {reduction()}), false};
  }
}

Value Graph::class_loss() {
  const Value x = pick();
  const Index rows = x.var.dim() == 2 ? x.var.size(0) : 2, classes = x.var.dim() == 2 ? x.var.size(1) : 2;
  std::vector<int> labels(static_cast<std::size_t>(rows));
  for (Index i = 0; i < rows && classes > 0; i++)
    labels[static_cast<std::size_t>(i)] = static_cast<int>(i * 7 % classes);
  if (const unsigned b = in_.byte(); b > 245 && !labels.empty())
    labels[b % labels.size()] = b & 1 ? -1 : 1 << 30;
  if (in_.flip()) return {nll_loss(x.var, labels, {reduction()}), false};
  const double smoothing = in_.byte() % 4 * 0.1;
  return {cross_entropy(x.var, labels, {.label_smoothing = smoothing, .reduction = reduction()}), false};
}

void Graph::attempt(const std::function<void()>& f) {
  try {
    f();
    result_.outcomes += '.';
  } catch (const ShapeError&) {
    result_.outcomes += 'S';
  } catch (const Error&) {
    result_.outcomes += 'E';
  }
}

void Graph::add_op() {
  const Value made = (this->*kOps[in_.byte() % std::size(kOps)])();
  if (made.var.numel() <= kLargestValue) values_.push_back(made);
}

void Graph::backward() {
  Var loss = tape_.input(Tensor::full({}, 0));
  for (const Value& value : values_) loss = loss + sum(value.var) * Scalar(0.5);
  tape_.backward(loss);
}

GraphResult Graph::run() {
  for (unsigned left = 1 + in_.byte() % 3; left > 0; left--) leaf(shape(in_.flip() ? 4 : in_.byte() % 6));
  for (int left = kMostOps; left > 0 && in_.left(); left--) attempt([&] { add_op(); });
  attempt([&] { backward(); });
  for (const Value& value : values_) {
    const Tensor& tensor = value.var.value();
    result_.values.emplace_back(tensor.values().begin(), tensor.values().end());
  }
  for (const Var& x : leaves_) {
    result_.gradients.emplace_back();
    attempt([&] {
      const Tensor gradient = x.grad();
      result_.gradients.back().assign(gradient.values().begin(), gradient.values().end());
    });
  }
  return std::move(result_);
}

}  // namespace

GraphResult run_graph(std::span<const std::uint8_t> bytes, Way way) {
  seed(7);
  const int before = num_threads();
  set_num_threads(way == Way::kThreeThreads ? 3 : 1);
  GraphResult result = Graph(bytes, way).run();
  set_num_threads(before);
  return result;
}

}  // namespace reel_fuzz::REEL_PRECISION

// An op of one's own: forward, backward, a word of itself; its gradient checked against differences, and explained.
//
//   own_op        prints
// gradcheck: error below 1e-3: true
// why y[1]
// softsign(x[1])
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

// y = x / (1 + |x|); PyTorch: torch.autograd.Function
class Softsign : public Op {
 public:
  std::string_view name() const override { return "softsign"; }

  Tensor forward(std::span<const Tensor> inputs) override {
    Tensor y = inputs[0].clone();
    for (Scalar& v : y.mutable_values()) v /= 1 + std::abs(v);
    return y;
  }

  void backward(BackwardPass& pass) override {
    Tensor dx = pass.dy().clone();
    const std::span<const Scalar> x = pass.input(0).values();
    const std::span<Scalar> to = dx.mutable_values();
    for (std::size_t i = 0; i < x.size(); i++) to[i] /= (1 + std::abs(x[i])) * (1 + std::abs(x[i]));
    pass.add(0, dx);
  }

  // The same in words: by them `why` and the page compute each number again, and ONNX files and C headers are written.
  OpFacts facts(std::span<const Shape> inputs, const Shape& output) const override {
    return {.function = FunctionText{"x / (1 + abs(x))", "1 / (1 + abs(x))^2"},
            .reads = {reads_elementwise(inputs[0], output)}};
  }
};

Var softsign(Operand x) { return x.tape(x.where).apply({std::make_unique<Softsign>(), x.where}, {x}); }

int main() {
  const std::vector<Tensor> inputs{Tensor::from({3}, {-2, Scalar(0.5), 3})};
  const auto result = gradcheck([](std::span<const Var> v) { return softsign(v[0]); }, inputs);
  fmt::print("gradcheck: error below 1e-3: {}\n", result.error < 1e-3);

  Tape tape;
  const Var x = tape.variable(inputs[0]).named("x"), y = softsign(x).named("y");
  inspect::Stepper stepper(tape, sum(y));  // inspect::step(tape, loss) asks you for commands
  const std::string why = stepper.execute("why y[1]");
  fmt::print("why y[1]\n{}\n", why.find("softsign(x[1])") != std::string::npos ? "softsign(x[1])" : why);
}

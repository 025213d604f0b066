// An LSTM by hand, over the rows of drawn digits: what torch.nn.LSTMCell computes, of ops.
//
//   lstm        prints
// epoch 1: loss 2.1
// epoch 8: loss 0.5, accuracy 82%
#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

// Hochreiter and Schmidhuber, "Long short-term memory", 1997.
struct LstmCell : ModuleOf<LstmCell> {
  struct State {
    Var h, c;  // [N,hidden]
  };
  LstmCell(Index in, Index hidden) : gates(add("gates", Linear{in + hidden, 4 * hidden})) {}
  Linear& gates;

  State forward(Var x, State before) {                                        // x [N,in]
    const std::vector<Var> g = chunk(gates(concat({x, before.h}, 1)), 4, 1);  // input, forget, cell, output
    const Var c = sigmoid(g[1]) * before.c + sigmoid(g[0]) * tanh(g[2]);
    return {sigmoid(g[3]) * tanh(c), c};
  }
};

struct RowReader : Module {
  LstmCell& cell = add("cell", LstmCell{28, 64});
  Linear& classifier = add("classifier", Linear{64, 10});

  Var forward(Var x) override {  // [N,1,28,28]: 28 steps of 28 pixels
    const Var zeros = x.tape().input(Tensor::zeros({x.size(0), 64}));
    LstmCell::State state{zeros, zeros};
    for (Index row = 0; row < 28; row++) state = cell(select(squeeze(x, 1), 1, row), state);
    return classifier(state.h);
  }
};

int main() {
  seed(1);
  const GeneratedDigits digits{2000, 1};
  Loader loader{digits, {.batch = 50, .shuffle = true}};
  RowReader net;
  Adam adam{net.parameters(), {.lr = 5e-3}};
  for (int epoch = 1; epoch <= 8; epoch++) {
    Mean mean;
    Accuracy accuracy;
    for (const auto& [images, labels] : loader) {
      Tape tape;
      const Var logits = net(tape.input(images));
      const Var loss = cross_entropy(logits, labels);
      adam.zero_grad();
      tape.backward(loss);
      clip_grad_norm(net.parameters(), 1);
      adam.step();
      mean.add(loss.item(), std::ssize(labels));
      accuracy.add(logits.value(), labels);
    }
    if (epoch == 1) fmt::print("epoch 1: loss {:.1f}\n", mean.value());
    if (epoch == 8)
      fmt::print("epoch 8: loss {:.1f}, accuracy {:.0f}%\n", mean.value(), 100 * accuracy.value());
  }
}

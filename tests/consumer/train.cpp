// Ten steps of training with the installed library: a user's whole program.
#include <fmt/format.h>
#include <reel/reel.h>

struct LeNet : reel::Module {
  reel::Conv2d& conv1 = add("conv1", reel::Conv2d{1, 6, 5, {.padding = 2}});
  reel::Conv2d& conv2 = add("conv2", reel::Conv2d{6, 16, 5});
  reel::Linear& fc1 = add("fc1", reel::Linear{400, 120});
  reel::Linear& fc2 = add("fc2", reel::Linear{120, 10});
  reel::Var forward(reel::Var x) override {
    x = max_pool2d(relu(conv1(x)), 2);
    x = max_pool2d(relu(conv2(x)), 2);
    return fc2(relu(fc1(flatten(x))));
  }
};

int main() {
  reel::seed(1);
  const reel::GeneratedDigits digits{640, 1};
  reel::Loader train{digits, {.batch = 64, .shuffle = true}};
  LeNet net;
  reel::Adam adam{net.parameters(), {.lr = 3e-3}};
  double first = 0, last = 0;
  for (const auto& [images, labels] : train) {
    reel::Tape tape;
    const reel::Var loss = cross_entropy(net(tape.input(images)), labels);
    adam.zero_grad();
    tape.backward(loss);
    adam.step();
    last = loss.item();
    if (adam.steps() == 1) first = last;
  }
  fmt::print("{} steps, loss {:.3f} -> {:.3f}\n", adam.steps(), first, last);
  return adam.steps() == 10 && last < first ? 0 : 1;
}

// A learning-rate finder: the rate grows at each step until the loss explodes; a tenth of where it was lowest is good.
//
//   lr_finder        prints
// tried 60 rates from 1e-05
// a good one lies between 1e-04 and 1: true
// loss after an epoch at that rate: below 1: true
#include <cmath>

#include <fmt/format.h>
#include <reel/reel.h>

using namespace reel;

Sequential make_net() {
  seed(1);  // the same weights each time
  return Sequential{Flatten{}, Linear{784, 64}, ReLU{}, Linear{64, 10}};
}

double step(Sequential& net, Optimizer& optimizer, const Batch& batch) {
  Tape tape;
  const Var loss = cross_entropy(net(tape.input(batch.images)), batch.labels);
  optimizer.zero_grad();
  tape.backward(loss);
  optimizer.step();
  return loss.item();
}

int main() {
  constexpr double kFirst = 1e-5, kLast = 10;
  constexpr int kSteps = 60;
  const GeneratedDigits digits{4000, 1};
  Loader loader{digits, {.batch = 64, .shuffle = true, .seed = 1}};

  Sequential trial = make_net();
  SGD sgd{trial.parameters(), {.lr = kFirst, .momentum = 0.9}};
  // PyTorch: torch.optim.lr_scheduler.LambdaLR, too
  LambdaLR growing{sgd, [](Index t) { return std::pow(kLast / kFirst, static_cast<double>(t) / kSteps); }};
  double smooth = 0, lowest = 1e9, best = kFirst;
  int tried = 0;
  for (auto batch = loader.begin(); tried < kSteps; ++batch, tried++) {
    const double rate = sgd.lr(), loss = step(trial, sgd, *batch);
    smooth = tried == 0 ? loss : 0.8 * smooth + 0.2 * loss;
    if (!(smooth < 4 * lowest)) break;
    if (smooth < lowest) lowest = smooth, best = rate;
    growing.step();
  }
  const double good = best / 10;
  fmt::print("tried {} rates from {:.0e}\n", kSteps, kFirst);
  fmt::print("a good one lies between 1e-04 and 1: {}\n", good > 1e-4 && good < 1);

  Sequential net = make_net();
  SGD optimizer{net.parameters(), {.lr = good, .momentum = 0.9}};
  double last = 0;
  for (const Batch& batch : loader) last = step(net, optimizer, batch);
  fmt::print("loss after an epoch at that rate: below 1: {}\n", last < 1);
}

// C. Elrod, N. Korsbo and C. Rackauckas, "Doing small network scientific machine learning in Julia 5x faster than
// PyTorch", julialang.org, 2022: the network, the optimiser, the number of epochs, and the published seconds.
#include "simplechains.h"

#include <chrono>

#include <reel/reel.h>

#include "common/evaluation.h"
#include "common/output.h"
#include "common/program.h"
#include "machine.h"

namespace reel::apps {
namespace {

constexpr int kEpochs = 10;
constexpr double kLr = 3e-4;
constexpr int kBatchPerThread = 96;  // SimpleChains.jl's batches, too, grow with the number of threads

// LeNet-5 without padding: [N,1,28,28] -> [N,6,12,12] -> [N,16,4,4] -> [N,10].
Sequential make_network() {
  return Sequential{Conv2d{1, 6, 5}, ReLU{},          MaxPool2d{2}, Conv2d{6, 16, 5},
                    ReLU{},          MaxPool2d{2},    Flatten{},    Linear{256, 120},
                    ReLU{},          Linear{120, 84}, ReLU{},       Linear{84, 10}};
}

// In seconds from the start.
struct Times {
  double loaded, trained;
};

Times train(Sequential& net, const std::string& root, Index batch) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto elapsed = [=] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const Mnist images{root, Split::kTrain};
  const double loaded = elapsed();
  // No batch is made ahead: the threads that were asked for do everything.
  Loader loader{images, {.batch = batch, .shuffle = true, .prefetch = 0}};
  Adam adam{net.parameters(), {.lr = kLr}};
  for (int epoch = 0; epoch < kEpochs; epoch++) {
    for (const auto& [x, labels] : loader) {
      Tape tape;
      const Var loss = cross_entropy(net(tape.input(x)), labels);
      adam.zero_grad();
      tape.backward(loss);
      adam.step();
    }
  }
  return {loaded, elapsed()};
}

void print_row(const char* program, const std::string& processor, int cores, double seconds) {
  print_text("{:<16}  {:<32}  {:>5}  {:>7.2f}\n", program, processor, cores, seconds);
}

void print_published() {
  print_row("SimpleChains.jl", "Intel i9-10980XE", 18, 1.24);
  print_row("SimpleChains.jl", "AMD EPYC 7513", 32, 3.08);
  print_row("SimpleChains.jl", "Intel i7-1165G7", 4, 5.32);
  print_row("PyTorch", "Intel i9-10980XE", 18, 10.78);
  print_row("PyTorch", "AMD EPYC 7513", 32, 15.09);
}

}  // namespace

void add_simplechains_flags(CLI::App& app, SimpleChainsFlags& flags) {
  add_data_flag(app, flags.data);
  app.add_option("--batch", flags.batch, "Images in a step")
      ->check(CLI::Range(1, 1 << 16))
      ->default_str("96 for each thread");
}

void run_simplechains(const SimpleChainsFlags& flags) {
  const std::string root = flags.data.empty() ? "data" : flags.data;
  const Mnist test{root, Split::kTest};
  const Index batch = flags.batch > 0 ? flags.batch : kBatchPerThread * num_threads();
  Sequential net = make_network();
  Index numbers = 0;
  for (const Parameter* parameter : net.parameters()) numbers += parameter->value.numel();
  print_text("LeNet-5 without padding, {} parameters; Adam {}, batches of {}, {} epochs of MNIST\n\n",
             numbers, kLr, batch, kEpochs);
  const Times times = train(net, root, batch);
  const Accuracy accuracy = evaluate(net, test, {Transform{}})->accuracy;
  print_text("{:<16}  {:<32}  {:>5}  {:>7}\n", "program", "processor", "cores", "seconds");
  print_row("Reel", processor(), num_threads(), times.trained);
  print_published();
  print_text("\nReel reads the files in {:.2f} s of that; test accuracy {:.2f}% ({}/{})\n", times.loaded,
             100 * accuracy.value(), accuracy.correct(), accuracy.total());
}

}  // namespace reel::apps

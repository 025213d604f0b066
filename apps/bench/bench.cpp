// Measures how fast Reel trains small CNNs.
//
//   bench models --threads 1               six networks: images/s in training and in inference; 30 s
//   bench models --only resnet20 --json    one of them, as a line of JSON; 5 s
//   bench kernels --threads 1              each kernel's time, and its share of what the machine can do; 60 s
//   bench kernels --only "conv2d vgg_bn"   those whose op and shape contain the text; 10 s
//   bench kernels --peers --only conv2d    and the convolutions of oneDNN and LIBXSMM beside them; 3 min
//   bench peers --markdown                 Reel and libtorch in turn (bench_libtorch must be built); 10 min
//   bench peers --threads 1 --torch python3    beside PyTorch in five dresses and ONNX Runtime, too; 1 h
//   bench peers --only lenet --pairs 1     one network, once; 25 s
//   bench simplechains --data data         ten epochs of LeNet-5 on MNIST beside published seconds; 10 s
//
// Close other programs first: the numbers are times on a clock.
#include <fmt/format.h>

#include "common/program.h"
#include "kernels.h"
#include "peers.h"
#include "reel_models.h"
#include "simplechains.h"

using namespace reel::apps;

int main(int argc, char** argv) {
  CLI::App app{"Measures how fast Reel trains small CNNs.", "bench"};
  app.footer("Example: bench models --threads 1");
  const auto add_command = [&](const char* name, const char* what, const char* example) {
    CLI::App* const command = app.add_subcommand(name, what);
    command->footer(
        fmt::format("--threads and --seed stand before or after the command.\nExample: bench {}", example));
    return command;
  };
  app.require_subcommand(1);
  CommonFlags common;
  add_common_flags(app, common);
  app.fallthrough();
  ModelFlags models;
  CLI::App* const models_command = add_command("models", "Training steps and inference of the six networks",
                                               "models --only resnet20 --threads 1");
  add_model_flags(*models_command, models);
  KernelFlags kernels;
  CLI::App* const kernels_command =
      add_command("kernels", "The loops that their training steps run", "kernels --only \"conv2d vgg_bn\"");
  add_kernel_flags(*kernels_command, kernels);
  PeerFlags peers;
  CLI::App* const peers_command = add_command(
      "peers", "Reel and other frameworks in turn on the six networks", "peers --only lenet --pairs 1");
  add_peer_flags(*peers_command, peers);
  SimpleChainsFlags simplechains;
  CLI::App* const simplechains_command =
      add_command("simplechains", "Ten epochs of LeNet-5 on MNIST, as SimpleChains.jl's authors time",
                  "simplechains --data data");
  add_simplechains_flags(*simplechains_command, simplechains);
  return run_program(app, argc, argv, [&] {
    apply_common_flags(common);
    if (models_command->parsed()) run_models(models, time_reel_model);
    if (kernels_command->parsed()) run_kernels(kernels);
    if (peers_command->parsed()) run_peers(peers, common.threads);
    if (simplechains_command->parsed()) run_simplechains(simplechains);
    return 0;
  });
}

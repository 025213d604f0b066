#include "convolution_peer.h"

#include <fmt/format.h>

#include "common/output.h"
#include "common/program.h"
#include "timing.h"

namespace reel::apps {

int run_convolution_peer(int argc, char** argv, const std::string& program,
                         const std::function<std::vector<PeerPass>(const OpCall&)>& prepare) {
  CLI::App app{"Times a library's convolutions on a layer of bench kernels.", program};
  app.footer(fmt::format("Example: OMP_NUM_THREADS=1 {} \"resnet20 3x3 16->16 32x32 b128\"", program));
  std::string text;
  app.add_option("layer", text, "As bench kernels calls it")->required();
  return run_program(app, argc, argv, [&] {
    bool known = false;
    for (const OpCall& layer : convolution_layers()) {
      if (convolution_text(layer) != text) continue;
      known = true;
      for (const PeerPass& pass : prepare(layer)) {
        print_text("{{\"pass\":\"{}\",\"ms\":{:.4g}}}\n", pass.name,
                   best_seconds(pass.run, kKernelWindow) * 1e3);
      }
    }
    if (!known) throw UsageError(fmt::format("no convolution is called \"{}\"", text));
    return 0;
  });
}

}  // namespace reel::apps

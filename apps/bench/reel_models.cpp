#include "reel_models.h"

namespace reel::apps {

ModelTime time_reel_model(const Network& network, Index batch) {
  const auto net = network.make();
  const Tensor images = Tensor::randn({batch, network.channels, network.side, network.side});
  std::vector<int> labels;
  for (Index i = 0; i < batch; i++) labels.push_back(static_cast<int>(i * 7 % 10));
  SGD sgd(net->parameters(), {.lr = 0.01, .momentum = 0.9});
  Index numbers = 0;
  for (const Parameter* parameter : net->parameters()) numbers += parameter->value.numel();
  ModelTime time{"reel", network.name, batch, num_threads(), numbers};
  time_training(time, [&] {
    Tape tape;
    sgd.zero_grad();
    const Var loss = cross_entropy((*net)(tape.input(images)), labels);
    tape.backward(loss);
    sgd.step();
    return static_cast<double>(loss.item());
  });
  net->eval();
  time_inference(time, [&] {
    Tape tape{{.record = false}};
    (*net)(tape.input(images)).value();
  });
  return time;
}

}  // namespace reel::apps

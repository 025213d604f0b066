#include "models.h"

#include <cstdio>

#include <fmt/format.h>

#include "timing.h"

namespace reel::apps {

ModelTime time_model(const Network& network, Index batch) {
  constexpr double kTrainWindow = 0.3, kInferWindow = 0.1;  // seconds
  const auto net = network.make();
  const Tensor images = Tensor::randn({batch, network.channels, network.side, network.side});
  std::vector<int> labels;
  for (Index i = 0; i < batch; i++) labels.push_back(static_cast<int>(i * 7 % 10));
  SGD sgd(net->parameters(), {.lr = 0.01, .momentum = 0.9});
  ModelTime time{"reel", network.name, batch, num_threads(), 0, 0, 0};
  time.train_seconds = best_seconds(
      [&] {
        Tape tape;
        sgd.zero_grad();
        const Var loss = cross_entropy((*net)(tape.input(images)), labels);
        tape.backward(loss);
        sgd.step();
        time.loss = loss.item();
      },
      kTrainWindow);
  net->eval();
  time.infer_seconds = best_seconds(
      [&] {
        Tape tape{{.record = false}};
        (*net)(tape.input(images)).value();
      },
      kInferWindow);
  return time;
}

void print_json(const ModelTime& t) {
  fmt::print(
      "{{\"peer\":\"{}\",\"model\":\"{}\",\"batch\":{},\"threads\":{},\"train_ms\":{:.4f},\"train_img_s\":{:."
      "1f},"
      "\"infer_img_s\":{:.1f},\"loss\":{:.4f}}}\n",
      t.peer, t.model, t.batch, t.threads, t.train_seconds * 1e3,
      static_cast<double>(t.batch) / t.train_seconds, static_cast<double>(t.batch) / t.infer_seconds, t.loss);
  std::fflush(stdout);
}

void print_model_header() {
  fmt::print("{:<20} {:>5} {:>7} {:>10} {:>14} {:>18} {:>8}\n", "network", "batch", "threads", "step ms",
             "train images/s", "inference images/s", "loss");
}

void print_row(const ModelTime& t) {
  fmt::print("{:<20} {:>5} {:>7} {:>10.3f} {:>14.0f} {:>18.0f} {:>8.4f}\n", t.model, t.batch, t.threads,
             t.train_seconds * 1e3, static_cast<double>(t.batch) / t.train_seconds,
             static_cast<double>(t.batch) / t.infer_seconds, t.loss);
  std::fflush(stdout);
}

}  // namespace reel::apps

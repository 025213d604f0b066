#include "cifar10/recipes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "cifar10/networks.h"

namespace reel::apps {
namespace {

// PyTorch's CIFAR-10 tutorial.
Recipe tutorial() {
  Recipe r;
  r.network = "tutorial";
  r.training.epochs = 2;
  r.training.batch = 4;
  r.lr = 0.001;
  r.nesterov = false;
  r.schedule = "constant";
  return r;
}

// After K. Jordan, arXiv:2404.00498: rates and decay are its, for the mean of a batch instead of the sum.
Recipe sgd() {
  Recipe r;
  r.network = "fast";
  r.training.epochs = 8;
  r.training.batch = 512;
  r.training.label_smoothing = 0.2;
  r.lr = 0.75;
  r.bias_lr_factor = 64;
  r.momentum = 0.85;
  r.weight_decay = 1.33e-3;
  r.schedule = "line";
  r.warmup = 0.23;
  r.crop = 2;
  r.padding = "reflect";
  r.flip = true;
  r.views = "shift";
  return r;
}

Recipe accurate() {
  Recipe r = sgd();
  r.network = "wide";
  r.training.epochs = 14;
  r.cutout = 12;
  return r;
}

// The same with Muon, after K. Jordan's airbench94_muon. Where that gives a filter bank the same norm before each step,
// here weight decay holds it: at lr / 2 it balances steps of the weights' own size. Rate and decay are those of some
// trials on data_batch_5 that did best.
Recipe fast() {
  Recipe r = sgd();
  r.optimizer = "muon";
  r.lr = 0.12;
  r.bias_lr_factor = 0.08;
  r.momentum = 0.6;
  r.weight_decay = 0.06;
  r.warmup = 0;
  return r;
}

using Recipes = std::map<std::string, Recipe (*)()>;
const Recipes& recipes() {
  static const Recipes all{{"accurate", accurate}, {"fast", fast}, {"sgd", sgd}, {"tutorial", tutorial}};
  return all;
}

// Of the pixels of the 50,000 training images.
const std::vector<double> kMean{0.4914, 0.4822, 0.4465}, kDeviation{0.2470, 0.2435, 0.2616};

Transform standardize() { return normalize(kMean, kDeviation); }

// The image moved down and right, its edge rows and columns repeated.
Transform shift(Index down, Index right) {
  return [down, right](Image& image, const RandomStream&) {
    const Index height = image.shape[1], width = image.shape[2];
    const std::vector<Scalar> before = image.pixels;
    Scalar* to = image.pixels.data();
    for (Index c = 0; c < image.shape[0]; c++) {
      for (Index y = 0; y < height; y++) {
        const Scalar* row = before.data() + (c * height + std::clamp<Index>(y - down, 0, height - 1)) * width;
        for (Index x = 0; x < width; x++) *to++ = row[std::clamp<Index>(x - right, 0, width - 1)];
      }
    }
  };
}

// A line from the largest rate to 0: a schedule that nobody but these recipes needs.
class LineLR : public Schedule {
 public:
  LineLR(Located<Optimizer&> optimizer, Index steps, Index warmup_steps)
      : Schedule("LineLR", optimizer, {warmup_steps, kWarmupStart}), steps_(steps) {
    apply();
  }
  static constexpr double kWarmupStart = 0.2;

 private:
  double lr_at(std::int64_t t, double base_lr) const override {
    return base_lr * std::max(0.0, 1 - static_cast<double>(t) / static_cast<double>(steps_));
  }
  Index steps_;
};

}  // namespace

const std::vector<std::string>& recipe_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const auto& [name, make] : recipes()) found.push_back(name);
    return found;
  }();
  return names;
}

Recipe recipe(const std::string& name) { return recipes().at(name)(); }

void add_recipe_flags(CLI::App& app, Recipe& r) {
  const auto choice = [&](const char* name, std::string& value, std::vector<std::string> names,
                          const char* help) {
    return app.add_option(name, value, help)->check(CLI::IsMember(std::move(names)))->capture_default_str();
  };
  const auto number = [&](const char* name, double& value, const char* help) {
    return app.add_option(name, value, help)->capture_default_str();
  };
  const auto pixels = [&](const char* name, Index& value, const char* help) {
    app.add_option(name, value, help)->check(CLI::Range(0, 31))->capture_default_str();
  };
  const auto either = [&](const char* names, bool& value, const char* help) {
    app.add_flag(names, value, help)->default_str(value ? "true" : "false");
  };
  choice("--model", r.network, network_names(), "Network");
  add_training_flags(app, r.training);
  choice("--optimizer", r.optimizer, {"adam", "adamw", "muon", "rmsprop", "sgd"}, "Optimiser");
  number("--lr", r.lr, "Largest learning rate")->check(positive_number());
  number("--bias-lr-factor", r.bias_lr_factor,
         "How many times larger the learning rate of biases is, with Muon also the last layer's")
      ->check(positive_number());
  number("--momentum", r.momentum, "Momentum; Adam and AdamW: beta1")->check(number_in(0, 0.9999));
  number("--weight-decay", r.weight_decay, "Weight decay")->check(number_from(0));
  either("--nesterov,!--no-nesterov", r.nesterov, "Nesterov's momentum, of SGD and Muon");
  choice("--schedule", r.schedule, {"cosine", "line", "constant"}, "How the learning rate falls");
  number("--warmup", r.warmup, "Share of the steps in which the rate rises")->check(number_in(0, 0.99));
  pixels("--crop", r.crop, "Padding of the random crop; 0: none");
  choice("--padding", r.padding, {"zeros", "reflect"}, "What is around an image that is cropped");
  either("--flip,!--no-flip", r.flip, "Mirror every other image");
  pixels("--cutout", r.cutout, "Side of the square that is cut out; 0: none");
  number("--mixup", r.mixup, "Mix images by Beta(a, a); 0: none")->check(number_from(0));
  choice("--views", r.views, {"one", "flip", "shift"},
         "Views of a test image at the end: one; mirrored too; moved too (six)")
      ->group(kHowItRuns);
}

void check_recipe(const Recipe& r) {
  if (r.optimizer == "sgd" && r.nesterov && r.momentum == 0)
    throw UsageError("--momentum 0 leaves nothing that could be Nesterov's; give --no-nesterov with it");
}

Transform training_transform(const Recipe& r) {
  std::vector<Transform> transforms;
  if (r.crop > 0) {
    const PaddingMode mode = r.padding == "reflect" ? PaddingMode::kReflect : PaddingMode::kZeros;
    transforms.push_back(random_crop({.padding = r.crop, .mode = mode}));
  }
  if (r.flip) transforms.push_back(random_horizontal_flip());
  transforms.push_back(standardize());
  if (r.cutout > 0) transforms.push_back(cutout(r.cutout));
  return compose(std::move(transforms));
}

Tensor picture_of(const Tensor& images, Index n) {
  Tensor picture = Tensor::uninitialized({images.size(1), images.size(2), images.size(3)});
  const Index pixels = images.size(2) * images.size(3);
  const Scalar* from = images.data() + n * picture.numel();
  for (Index i = 0; i < picture.numel(); i++) {
    const auto channel = static_cast<std::size_t>(i / pixels);
    picture.mutable_data()[i] =
        static_cast<Scalar>(static_cast<double>(from[i]) * kDeviation[channel] + kMean[channel]);
  }
  return picture;
}

std::vector<Transform> test_views(const Recipe& r) {
  std::vector<Transform> views{standardize()};
  if (r.views == "one") return views;
  const Transform mirror = random_horizontal_flip(1);
  views.push_back(compose({mirror, standardize()}));
  if (r.views == "flip") return views;
  for (const Index by : {-1, 1}) {
    views.push_back(compose({shift(by, by), standardize()}));
    views.push_back(compose({shift(by, by), mirror, standardize()}));
  }
  return views;
}

namespace {

// The parameters of the network without and with those that are biases.
std::pair<std::vector<Parameter*>, std::vector<Parameter*>> weights_and_biases(const Module& net) {
  std::pair<std::vector<Parameter*>, std::vector<Parameter*>> groups;
  for (Parameter* p : net.parameters()) (p->value.dim() == 1 ? groups.second : groups.first).push_back(p);
  return groups;
}

template <class AnOptimizer, class Options>
std::unique_ptr<Optimizer> of_weights_and_biases(const Recipe& r, const Module& net, const Options& options) {
  const auto [weights, biases] = weights_and_biases(net);
  Options for_biases = options;
  for_biases.lr *= r.bias_lr_factor;
  for_biases.weight_decay /= r.bias_lr_factor;
  return std::make_unique<AnOptimizer>(ParameterGroups<Options>{{weights, options}, {biases, for_biases}});
}

// AdamW takes the last layer, too, as such nets have it.
std::unique_ptr<Optimizer> muon_of_hidden_weights(const Recipe& r, const Module& net) {
  auto [weights, biases] = weights_and_biases(net);
  biases.push_back(weights.back());
  weights.pop_back();
  const AdamWOptions adamw{.lr = r.lr * r.bias_lr_factor, .weight_decay = r.weight_decay / r.bias_lr_factor};
  const MuonOptions options{
      .lr = r.lr, .weight_decay = r.weight_decay, .momentum = r.momentum, .nesterov = r.nesterov};
  return std::make_unique<Muon>(
      ParameterGroups<MuonOptions>{{weights, options}, {biases, {.use_muon = false, .adamw = adamw}}});
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const Recipe& r, const Module& net) {
  if (r.optimizer == "adam") {
    return of_weights_and_biases<Adam>(
        r, net, AdamOptions{.lr = r.lr, .beta1 = r.momentum, .weight_decay = r.weight_decay});
  }
  if (r.optimizer == "adamw") {
    return of_weights_and_biases<AdamW>(
        r, net, AdamWOptions{.lr = r.lr, .beta1 = r.momentum, .weight_decay = r.weight_decay});
  }
  if (r.optimizer == "rmsprop") {
    return of_weights_and_biases<RMSProp>(
        r, net, RMSPropOptions{.lr = r.lr, .weight_decay = r.weight_decay, .momentum = r.momentum});
  }
  if (r.optimizer == "muon") return muon_of_hidden_weights(r, net);
  return of_weights_and_biases<SGD>(
      r, net,
      SGDOptions{.lr = r.lr, .momentum = r.momentum, .weight_decay = r.weight_decay, .nesterov = r.nesterov});
}

std::unique_ptr<Schedule> make_schedule(const Recipe& r, Located<Optimizer&> optimizer, Index steps) {
  const auto warmup = static_cast<Index>(std::lround(r.warmup * static_cast<double>(steps)));
  const Index rest = std::max<Index>(steps - warmup, 1);
  const double start = LineLR::kWarmupStart;
  if (r.schedule == "line") return std::make_unique<LineLR>(optimizer, rest, warmup);
  if (r.schedule == "cosine") {
    const CosineLROptions options{.t_max = rest, .warmup_steps = warmup, .warmup_start_factor = start};
    return std::make_unique<CosineLR>(optimizer, options);
  }
  const StepLROptions constant{.step_size = steps + 1, .warmup_steps = warmup, .warmup_start_factor = start};
  return std::make_unique<StepLR>(optimizer, constant);
}

bool looks_ahead(const Recipe& r) { return r.schedule != "constant" || r.warmup > 0; }

}  // namespace reel::apps

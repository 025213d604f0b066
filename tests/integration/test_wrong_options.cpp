// Every option of ops, layers, optimisers, schedules, transforms, initialisers and loaders, given what it
// cannot be.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "compare_support.h"

using namespace reel;

namespace {

constexpr double kWrongInf = std::numeric_limits<double>::infinity();
constexpr double kWrongNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Index kHuge = std::numeric_limits<Index>::max();

const std::vector<double> kNotFinite{kWrongNaN, kWrongInf, -kWrongInf},
    kNegative{kWrongNaN, kWrongInf, -kWrongInf, -1}, kNotPositive{kWrongNaN, kWrongInf, -kWrongInf, -1, 0},
    kOutOfUnit{kWrongNaN, kWrongInf, -kWrongInf, -0.5, 1.5},
    kNotBelowOne{kWrongNaN, kWrongInf, -kWrongInf, -0.5, 1};
const std::vector<Index> kNoCount{0, -1, kHuge, std::numeric_limits<Index>::min()};

// Wrong values of an option, and what they are given to: each is an Error that names the option and the
// value.
template <class T>
void check_refused(const char* option, const std::vector<T>& wrong, const std::function<void(T)>& make) {
  for (const T value : wrong) {
    const std::string message = reel_test::error_of<Error>([&] { make(value); });
    const std::string words = fmt::format("{} is {}", option, value);
    CHECK_MESSAGE(message.find(words) != std::string::npos, message, " lacks ", words);
    CHECK_MESSAGE(message.find("must be") != std::string::npos, message);
  }
}

void check_number(const char* option, const std::vector<double>& wrong,
                  const std::function<void(double)>& make) {
  check_refused<double>(option, wrong, make);
}
void check_count(const char* option, const std::vector<Index>& wrong,
                 const std::function<void(Index)>& make) {
  check_refused<Index>(option, wrong, make);
}

}  // namespace

TEST_CASE("Ops refuse options that are out of range or not finite") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({4, 2})), w = tape.input(Tensor::ones({2}));
  check_number("eps", kNegative, [&](double v) { batch_norm2d(x, {}, {}, {}, {.eps = v}); });
  check_number("momentum", kOutOfUnit, [&](double v) { batch_norm2d(x, {}, {}, {}, {.momentum = v}); });
  check_number("eps", kNegative, [&](double v) { layer_norm(x, w, {}, {.eps = v}); });
  check_number("p", kNotBelowOne, [&](double v) { dropout(x, v); });
  check_number("p", kNotBelowOne, [&](double v) { dropout(x, v, false); });
  check_number("label_smoothing", kOutOfUnit, [&](double v) {
    cross_entropy(x, {0, 1, 0, 1}, {.label_smoothing = v});
  });
  check_number("label_smoothing", kOutOfUnit, [&](double v) {
    cross_entropy(x, Tensor::ones({4, 2}), {.label_smoothing = v});
  });
  check_number("negative_slope", kNotFinite, [&](double v) { leaky_relu(x, static_cast<Scalar>(v)); });
  check_number("low", {kWrongNaN, 2, kWrongInf}, [&](double v) { clamp(x, static_cast<Scalar>(v), 1); });
  check_number("high", {kWrongNaN, -2, -kWrongInf}, [&](double v) { clamp(x, -1, static_cast<Scalar>(v)); });
  CHECK(clamp(x, 0, std::numeric_limits<Scalar>::infinity()).value().at(0, 0) == 1);
}

TEST_CASE("Windows that cannot be are refused by ops and by layers, in the same words") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 2, 5, 5})), w = tape.input(Tensor::ones({2, 2, 3, 3}));
  const auto refused = [](const std::string& words, auto&&... calls) {
    for (const std::string& message : {reel_test::error_of<ShapeError>(calls)...}) {
      CHECK_MESSAGE(message.find(words) != std::string::npos, message, " lacks ", words);
    }
  };
  for (const Index v : kNoCount) {
    const std::string text = fmt::format(" is {}x{}, 1 to ", v, v);
    refused(
        "stride" + text, [&] { conv2d(x, w, {}, {.stride = v}); },
        [&] {
          Conv2d{2, 2, 3, {.stride = v}};
        },
        [&] { conv_transpose2d(x, w, {}, {.stride = v}); },
        [&] {
          ConvTranspose2d{2, 2, 3, {.stride = v}};
        },
        [&] { max_pool2d(x, 2, {.stride = v}); },
        [&] {
          MaxPool2d{2, {.stride = v}};
        },
        [&] { avg_pool2d(x, 2, {.stride = v}); },
        [&] {
          AvgPool2d{2, {.stride = v}};
        });
    refused(
        "dilation" + text, [&] { conv2d(x, w, {}, {.dilation = v}); },
        [&] {
          Conv2d{2, 2, 3, {.dilation = v}};
        },
        [&] { conv_transpose2d(x, w, {}, {.dilation = v}); },
        [&] {
          ConvTranspose2d{2, 2, 3, {.dilation = v}};
        },
        [&] { max_pool2d(x, 2, {.dilation = v}); },
        [&] {
          MaxPool2d{2, {.dilation = v}};
        });
    refused(
        "kernel" + text, [&] { max_pool2d(x, v, {.stride = 1}); }, [&] { avg_pool2d(x, v, {.stride = 1}); },
        [&] {
          MaxPool2d{v, {.stride = 1}};
        },
        [&] {
          AvgPool2d{v, {.stride = 1}};
        },
        [&] {
          Conv2d{2, 2, v};
        },
        [&] {
          ConvTranspose2d{2, 2, v};
        });
    refused(
        "groups cannot share 2 ", [&] { conv2d(x, w, {}, {.groups = v}); },
        [&] {
          Conv2d{2, 2, 3, {.groups = v}};
        },
        [&] { conv_transpose2d(x, w, {}, {.groups = v}); },
        [&] {
          ConvTranspose2d{2, 2, 3, {.groups = v}};
        });
  }
  for (const Index v : {Index{-1}, Index{1} << 62, kHuge}) {
    const std::string text = fmt::format("padding is {0}, {0}, {0}, {0}", v);
    refused(
        text, [&] { conv2d(x, w, {}, {.padding = v}); },
        [&] {
          Conv2d{2, 2, 3, {.padding = v}};
        },
        [&] { conv_transpose2d(x, w, {}, {.padding = v}); },
        [&] {
          ConvTranspose2d{2, 2, 3, {.padding = v}};
        },
        [&] { max_pool2d(x, 2, {.padding = v}); },
        [&] {
          MaxPool2d{2, {.padding = v}};
        },
        [&] { avg_pool2d(x, 2, {.padding = v}); },
        [&] {
          AvgPool2d{2, {.padding = v}};
        },
        [&] { pad2d(x, v); });
    refused(
        fmt::format("output_padding is {0}x{0}", v),
        [&] { conv_transpose2d(x, w, {}, {.output_padding = v}); },
        [&] {
          ConvTranspose2d{2, 2, 3, {.output_padding = v}};
        });
  }
}

TEST_CASE("conv1d and its layer refuse options in the same words") {
  Tape tape;
  const Var x = tape.input(Tensor::ones({1, 2, 5})), w = tape.input(Tensor::ones({2, 2, 3}));
  check_count("kernel", kNoCount, [](Index v) { Conv1d{2, 2, v}; });
  const auto check_both = [&](const char* option, std::vector<Index> wrong, Index Conv1dOptions::*member) {
    const auto with = [=](Index v) {
      Conv1dOptions options;
      options.*member = v;
      return options;
    };
    check_count(option, wrong, [&](Index v) { conv1d(x, w, {}, with(v)); });
    check_count(option, wrong, [&](Index v) { Conv1d{2, 2, 3, with(v)}; });
  };
  check_both("stride", kNoCount, &Conv1dOptions::stride);
  check_both("padding", {-1, kHuge}, &Conv1dOptions::padding);
  check_both("dilation", kNoCount, &Conv1dOptions::dilation);
}

TEST_CASE("Layers refuse sizes below 1, weights beyond all memory, and the options that their ops refuse") {
  for (const auto& make : std::vector<std::function<void(Index)>>{[](Index v) {
                                                                    Linear{v, 2};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv1d{v, 2, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv2d{v, 2, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    ConvTranspose2d{v, 2, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv1x1{v, 2};
                                                                  }}) {
    check_count("in", kNoCount, make);
  }
  for (const auto& make : std::vector<std::function<void(Index)>>{[](Index v) {
                                                                    Linear{2, v};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv1d{2, v, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv2d{2, v, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    ConvTranspose2d{2, v, 3};
                                                                  },
                                                                  [](Index v) {
                                                                    Conv1x1{2, v};
                                                                  }}) {
    check_count("out", kNoCount, make);
  }
  check_count("channels", kNoCount, [](Index v) { BatchNorm2d{v}; });
  check_count("count", kNoCount, [](Index v) { Embedding{v, 2}; });
  check_count("dim", kNoCount, [](Index v) { Embedding{2, v}; });
  constexpr Index kMany = Index{1} << 40;
  CHECK_ERROR((Linear{kMany, kMany}), "Linear (test_wrong_options.cpp:", "its weight", "too many elements");
  CHECK_ERROR((Embedding{kMany, kMany}), "Embedding (test_wrong_options.cpp:", "its weight");
  CHECK_ERROR((Conv1d{kMany, kMany, 3}), "Conv1d (test_wrong_options.cpp:", "its weight");
  CHECK_ERROR((Conv2d{kMany, kMany, 3}), "Conv2d (test_wrong_options.cpp:", "its weight");
  check_number("eps", kNegative, [](double v) { BatchNorm2d{2, {.eps = v}}; });
  check_number("momentum", kOutOfUnit, [](double v) { BatchNorm2d{2, {.momentum = v}}; });
  check_number("eps", kNegative, [](double v) { LayerNorm{{2}, {.eps = v}}; });
  check_number("p", kNotBelowOne, [](double v) { Dropout{v}; });
  check_number("negative_slope", kNotFinite, [](double v) { LeakyReLU{static_cast<Scalar>(v)}; });
}

TEST_CASE("Optimisers, clip_grad_norm and Ema refuse options that are out of range or not finite") {
  Linear net{1, 1};
  const std::vector<Parameter*> p = net.parameters();
  check_number("lr", kNegative, [&](double v) { SGD(p, {.lr = v}); });
  check_number("momentum", kNotBelowOne, [&](double v) { SGD(p, {.momentum = v}); });
  check_number("dampening", kNotFinite, [&](double v) { SGD(p, {.momentum = 0.9, .dampening = v}); });
  check_number("weight_decay", kNegative, [&](double v) { SGD(p, {.weight_decay = v}); });
  check_number("lr", kNegative, [&](double v) { Adam(p, {.lr = v}); });
  check_number("beta1", kNotBelowOne, [&](double v) { Adam(p, {.beta1 = v}); });
  check_number("beta2", kNotBelowOne, [&](double v) { Adam(p, {.beta2 = v}); });
  check_number("eps", kNegative, [&](double v) { Adam(p, {.eps = v}); });
  check_number("weight_decay", kNegative, [&](double v) { Adam(p, {.weight_decay = v}); });
  check_number("weight_decay", kNegative, [&](double v) { AdamW(p, {.weight_decay = v}); });
  check_number("lr", kNegative, [&](double v) { RMSProp(p, {.lr = v}); });
  check_number("alpha", kOutOfUnit, [&](double v) { RMSProp(p, {.alpha = v}); });
  check_number("eps", kNegative, [&](double v) { RMSProp(p, {.eps = v}); });
  check_number("weight_decay", kNegative, [&](double v) { RMSProp(p, {.weight_decay = v}); });
  check_number("momentum", kNotBelowOne, [&](double v) { RMSProp(p, {.momentum = v}); });
  check_number("lr", kNegative, [&](double v) { Muon(p, {.lr = v}); });
  check_number("weight_decay", kNegative, [&](double v) { Muon(p, {.weight_decay = v}); });
  check_number("momentum", kNotBelowOne, [&](double v) { Muon(p, {.momentum = v}); });
  check_number("eps", kNotPositive, [&](double v) { Muon(p, {.eps = v}); });
  check_count("ns_steps", {-1, 100, kHuge}, [&](Index v) { Muon(p, {.ns_steps = v}); });
  check_number("adamw.lr", kNegative, [&](double v) { Muon(p, {.adamw = {.lr = v}}); });
  check_number("adamw.beta2", kNotBelowOne, [&](double v) { Muon(p, {.adamw = {.beta2 = v}}); });
  SGD sgd(p);
  check_number("lr", kNegative, [&](double v) { sgd.set_lr(v); });
  check_number("momentum", kNotBelowOne, [&](double v) { sgd.set_momentum(v); });
  check_number("max_norm", {kWrongNaN, -1, -kWrongInf}, [&](double v) { clip_grad_norm(p, v); });
  CHECK(clip_grad_norm(p, kWrongInf) == 0);  // only to know the norm
  check_number("decay", kNotBelowOne, [&](double v) { Ema(net, {.decay = v}); });
}

TEST_CASE("Schedules refuse options that are out of range, not finite or beyond 2^53") {
  Linear net{1, 1};
  SGD sgd(net.parameters(), {.lr = 0.5});
  const std::vector<Index> no_warmup{-1, kHuge};
  check_count("step_size", kNoCount, [&](Index v) { StepLR(sgd, {.step_size = v}); });
  check_number("gamma", kNegative, [&](double v) { StepLR(sgd, {.step_size = 1, .gamma = v}); });
  check_count("warmup_steps", no_warmup, [&](Index v) { StepLR(sgd, {.step_size = 1, .warmup_steps = v}); });
  check_number("warmup_start_factor", kOutOfUnit,
               [&](double v) { StepLR(sgd, {.step_size = 1, .warmup_start_factor = v}); });
  check_count("t_max", kNoCount, [&](Index v) { CosineLR(sgd, {.t_max = v}); });
  check_number("eta_min", kNegative, [&](double v) { CosineLR(sgd, {.t_max = 1, .eta_min = v}); });
  check_count("warmup_steps", no_warmup, [&](Index v) { CosineLR(sgd, {.t_max = 1, .warmup_steps = v}); });
  const OneCycleLROptions good{.max_lr = 1, .total_steps = 9};
  const auto one_cycle = [&](auto member) {
    return [&sgd, good, member](auto v) {
      OneCycleLROptions options = good;
      options.*member = v;
      OneCycleLR(sgd, options);
    };
  };
  check_number("max_lr", kNotPositive, one_cycle(&OneCycleLROptions::max_lr));
  check_number("div_factor", kNotPositive, one_cycle(&OneCycleLROptions::div_factor));
  check_number("final_div_factor", kNotPositive, one_cycle(&OneCycleLROptions::final_div_factor));
  check_number("pct_start", kOutOfUnit, one_cycle(&OneCycleLROptions::pct_start));
  check_number("base_momentum", kNotBelowOne, one_cycle(&OneCycleLROptions::base_momentum));
  check_number("max_momentum", kNotBelowOne, one_cycle(&OneCycleLROptions::max_momentum));
  check_count("total_steps", kNoCount, one_cycle(&OneCycleLROptions::total_steps));
  check_count("warmup_steps", no_warmup, one_cycle(&OneCycleLROptions::warmup_steps));
  CHECK(sgd.lr() == 0.5);
  // The largest of all at once: nothing overflows.
  OneCycleLR largest(sgd, {.max_lr = 1, .total_steps = kMaxCount, .warmup_steps = kMaxCount});
  largest.step();
  CHECK(largest.steps() == 1);
}

TEST_CASE("Initialisers and random tensors refuse bounds the wrong way round and what is not finite") {
  Tensor t = Tensor::full({2, 2}, 7);
  check_number("low", kNotFinite, [&](double v) { init::uniform(t, static_cast<Scalar>(v), 1); });
  check_number("high", kNotFinite, [&](double v) { init::uniform(t, 0, static_cast<Scalar>(v)); });
  check_number("low", {2}, [&](double v) { init::uniform(t, static_cast<Scalar>(v), 1); });
  check_number("mean", kNotFinite, [&](double v) { init::normal(t, static_cast<Scalar>(v), 1); });
  check_number("deviation", kNegative, [&](double v) { init::normal(t, 0, static_cast<Scalar>(v)); });
  check_number("a", kNotFinite, [&](double v) { init::kaiming_uniform(t, {.a = v}); });
  check_number("a", kNotFinite, [&](double v) { init::kaiming_normal(t, {.a = v}); });
  check_number("gain", kNegative, [&](double v) { init::xavier_uniform(t, v); });
  check_number("gain", kNegative, [&](double v) { init::xavier_normal(t, v); });
  check_number("low", {2, kWrongNaN, -kWrongInf},
               [](double v) { Tensor::rand({3}, static_cast<Scalar>(v), 1); });
  check_number("high", {-2, kWrongNaN, kWrongInf},
               [](double v) { Tensor::rand({3}, 0, static_cast<Scalar>(v)); });
  CHECK(t.at(1, 1) == 7);
  Tensor none;
  for (const std::string& message : {reel_test::error_of<Error>([&] { init::uniform(none); }),
                                     reel_test::error_of<Error>([&] { init::normal(none); }),
                                     reel_test::error_of<Error>([&] { init::constant(none, 1); })}) {
    CHECK_MESSAGE(message.find("the tensor has no elements to set, it is undefined") != std::string::npos,
                  message);
  }
}

namespace {

void check_random_areas() {
  check_number("p", kOutOfUnit, [](double v) { random_erasing({.p = v}); });
  check_number("value", kNotFinite, [](double v) { random_erasing({.value = v}); });
  check_number("scale", kOutOfUnit, [](double v) { random_erasing({.scale = {v, 1}}); });
  check_number("scale", kOutOfUnit, [](double v) { random_resized_crop(3, {.scale = {0.1, v}}); });
  check_number("ratio", kNotPositive, [](double v) { random_erasing({.ratio = {v, 1}}); });
  check_number("ratio", kNotPositive, [](double v) { random_resized_crop(3, {.ratio = {1, v}}); });
  check_number("the low end of scale", {0.6}, [](double v) { random_erasing({.scale = {v, 0.5}}); });
  check_number("the low end of ratio", {2}, [](double v) { random_resized_crop(3, {.ratio = {v, 1}}); });
}

}  // namespace

TEST_CASE("Transforms, loaders, data sets and gradcheck refuse options that cannot be") {
  check_number("the mean of channel 1", kNotFinite, [](double v) { normalize({0, v}, {1, 1}); });
  check_number("the standard deviation of channel 0", kNotPositive, [](double v) {
    normalize({0, 0}, {v, 1});
  });
  CHECK(reel_test::error_of<Error>([] { normalize({0}, {1e-320}); }).ends_with("above 0") ==
        (sizeof(Scalar) == 4));
  check_count("padding", {-1, Index{1} << 62, kHuge}, [](Index v) { random_crop({.padding = v}); });
  check_count("the height of size", kNoCount, [](Index v) { random_crop({.size = Size2{v, 1}}); });
  check_count("the width of size", kNoCount, [](Index v) { random_crop({.size = Size2{1, v}}); });
  check_number("p", kOutOfUnit, [](double v) { random_horizontal_flip(v); });
  check_number("p", kOutOfUnit, [](double v) { random_vertical_flip(v); });
  check_count("the height of size", kNoCount, [](Index v) { center_crop({v, 1}); });
  check_count("the width of size", kNoCount, [](Index v) { resize({1, v}); });
  check_count("size", kNoCount, [](Index v) { resize_shorter_side(v); });
  check_count("size", kNoCount, [](Index v) { cutout(v); });
  check_random_areas();
  check_number("degrees", {kWrongNaN, kWrongInf, -361}, [](double v) { random_affine({.degrees = {v, 0}}); });
  check_number("scale", kNotPositive, [](double v) { random_affine({.scale = {v, 1}}); });
  check_number("shear", {kWrongNaN, kWrongInf, 90}, [](double v) { random_affine({.shear = {0, v}}); });
  check_number("shear_y", {kWrongNaN, kWrongInf, -90}, [](double v) { random_affine({.shear_y = {v, 0}}); });
  check_number("translate_x", kOutOfUnit, [](double v) { random_affine({.translate_x = v}); });
  check_number("translate_y", kOutOfUnit, [](double v) { random_affine({.translate_y = v}); });
  check_number("brightness", kNegative, [](double v) { color_jitter({.brightness = v}); });
  check_number("contrast", kNegative, [](double v) { color_jitter({.contrast = v}); });
  check_number("saturation", kNegative, [](double v) { color_jitter({.saturation = v}); });
  check_number("hue", kOutOfUnit, [](double v) { color_jitter({.hue = v}); });
  check_number("p", kOutOfUnit, [](double v) { random_grayscale(v); });
  check_count("count", kNoCount, [](Index v) { GeneratedDigits(v, 1); });
  const GeneratedDigits digits(4, 1);
  check_count("batch", kNoCount, [&](Index v) { Loader(digits, {.batch = v}); });
  check_count("prefetch", {-1, kHuge}, [&](Index v) { Loader(digits, {.prefetch = v}); });
  check_count("workers", {-1, 0, 1025, kHuge}, [&](Index v) { Loader(digits, {.workers = v}); });
  check_number("mixup", kNegative, [&](double v) { Loader(digits, {.mixup = v}); });
  const auto f = [](std::span<const Var> v) { return v[0]; };
  check_number("step", kNotPositive, [&](double v) { gradcheck(f, {Tensor::ones({1})}, {.step = v}); });
}

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/core/tensor.h>
#include <reel/datasets/digits.h>
#include <reel/datasets/loader.h>

#include "compare_support.h"
#include "datasets/loader_support.h"

using namespace reel;
using reel_test::contains, reel_test::CountingImages, reel_test::error_of, reel_test::read_epoch;

namespace {

// Five samples, as a function makes them.
class MadeSamples : public Dataset {
 public:
  explicit MadeSamples(std::function<Sample(Index)> make, std::vector<std::string> names = {})
      : make_(std::move(make)), names_(std::move(names)) {}
  Index size() const override { return 5; }
  Sample sample(Index i) const override { return make_(i); }
  const std::vector<std::string>& class_names() const override { return names_; }

 private:
  std::function<Sample(Index)> make_;
  std::vector<std::string> names_;
};

// Sample 3 is as `odd` says, the others are as sample 0.
template <class F>
MadeSamples but_sample_3(const Sample& usual, F odd, std::vector<std::string> names = {}) {
  return MadeSamples(
      [=](Index i) {
        Sample sample = usual;
        if (i == 3) odd(sample);
        return sample;
      },
      std::move(names));
}

// What looping over samples throws, an E.
template <class E = Error>
std::string loop_error(const Dataset& data, LoaderOptions options = {.batch = 2}) {
  return error_of<E>([&] {
    Loader loader(data, options);
    read_epoch(loader);
  });
}

Tensor filled(const Shape& shape, Index number) { return Tensor::full(shape, static_cast<Scalar>(number)); }

// Pixels that say where they stand: of a moved image and of the mask that moved with it they are equal.
Tensor places(const Shape& shape) {
  return Tensor::arange(static_cast<double>(shape.numel())).reshape(shape);
}

std::vector<Scalar> collated_numbers(const Tensor& t) { return {t.values().begin(), t.values().end()}; }

}  // namespace

TEST_CASE("A Loader gives several inputs and targets of any shape, [N,...] each") {
  const MadeSamples data([](Index i) {
    return Sample{.inputs = {filled({2, 3}, i), filled({}, 10 + i), filled({1, 1, 1, 1, 2}, 20 + i)},
                  .target = filled({4}, 30 + i)};
  });
  Loader loader(data, {.batch = 3});
  CHECK(loader.sample_shape() == Shape{2, 3});
  Index first = 0;
  for (const Batch& batch : loader) {
    const Index n = first == 0 ? 3 : 2;
    REQUIRE(batch.inputs.size() == 3);
    CHECK(batch.images.shape() == Shape{n, 2, 3});
    CHECK(batch.images.shares_storage(batch.inputs[0]));
    CHECK(batch.inputs[1].shape() == Shape{n});
    CHECK(batch.inputs[2].shape() == Shape{n, 1, 1, 1, 1, 2});
    CHECK(batch.targets.shape() == Shape{n, 4});
    CHECK(batch.labels.empty());
    CHECK_FALSE(batch.probabilities.defined());
    for (Index i = 0; i < n; i++) {
      CHECK(batch.images.at(i, 1, 2) == static_cast<Scalar>(first + i));
      CHECK(batch.inputs[1].at(i) == static_cast<Scalar>(10 + first + i));
      CHECK(batch.inputs[2].at(i, 0, 0, 0, 0, 1) == static_cast<Scalar>(20 + first + i));
      CHECK(batch.targets.at(i, 3) == static_cast<Scalar>(30 + first + i));
    }
    first += n;
  }
  CHECK(first == 5);
}

TEST_CASE("A Loader gives a number as target, a label beside a target, or inputs alone") {
  const MadeSamples number(
      [](Index i) { return Sample{.inputs = {filled({2}, i)}, .target = filled({}, i)}; });
  const MadeSamples both([](Index i) {
    return Sample{.inputs = {filled({2}, i)}, .target = filled({2, 2}, i), .label = static_cast<int>(-i)};
  });
  const MadeSamples alone([](Index i) { return Sample{.inputs = {filled({2}, i)}}; });
  Loader numbers(number, {.batch = 5}), boths(both, {.batch = 5}), alones(alone, {.batch = 5});
  CHECK(collated_numbers(numbers.begin()->targets) == std::vector<Scalar>{0, 1, 2, 3, 4});
  CHECK(boths.begin()->labels == std::vector<int>{0, -1, -2, -3, -4});  // without names any number is a class
  CHECK(boths.begin()->targets.shape() == Shape{5, 2, 2});
  CHECK(alones.begin()->labels.empty());
  CHECK_FALSE(alones.begin()->targets.defined());
}

TEST_CASE("A sample that is not like sample 0 is an error that names it") {
  const Sample usual{.inputs = {filled({2, 3}, 0)}, .target = filled({4}, 0), .label = 1};
  const Sample bare{.inputs = {filled({2, 3}, 0)}};
  const auto shape_error = [&](auto odd) { return loop_error<ShapeError>(but_sample_3(usual, odd)); };
  const auto error = [&](auto odd) { return loop_error(but_sample_3(usual, odd)); };
  const auto bare_error = [&](auto odd) { return loop_error(but_sample_3(bare, odd)); };
  const std::string text = shape_error([](Sample& s) { s.inputs[0] = filled({3, 2}, 0); });
  CHECK(text.starts_with("Loader (test_loader_collator.cpp:"));
  CHECK(text.ends_with("): sample 3: input 0 has shape [3,2], that of sample 0 has [2,3]"));
  CHECK(contains(shape_error([](Sample& s) {
                   s.target = filled({4, 1}, 0);
                 }),
                 "sample 3: the target has shape [4,1], that of sample 0 has [4]"));
  CHECK(contains(error([](Sample& s) { s.inputs.push_back(filled({1}, 0)); }),
                 "sample 3: it has 2 inputs, sample 0 has 1"));
  CHECK(contains(error([](Sample& s) { s.inputs.clear(); }), "sample 3: it has 0 inputs, sample 0 has 1"));
  CHECK(contains(error([](Sample& s) { s.inputs[0] = {}; }), "sample 3: input 0 is an undefined tensor"));
  CHECK(contains(error([](Sample& s) { s.target = {}; }), "sample 3: it has no target, sample 0 has one"));
  CHECK(contains(error([](Sample& s) { s.label = {}; }), "sample 3: it has no label, sample 0 has one"));
  CHECK(contains(bare_error([](Sample& s) { s.target = filled({}, 0); }),
                 "sample 3: it has a target, sample 0 has none"));
  CHECK(contains(bare_error([](Sample& s) { s.label = 0; }), "sample 3: it has a label, sample 0 has none"));
}

TEST_CASE("A Loader refuses a sample 0 that makes no batch") {
  const auto refusal = [](const Sample& sample) {
    return loop_error(MadeSamples([=](Index) { return sample; }));
  };
  CHECK(contains(refusal({}), "Loader (test_loader_collator.cpp:"));
  CHECK(contains(refusal({}), "): sample 0 has no input"));
  CHECK(contains(refusal({.inputs = {filled({1}, 0), Tensor()}}),
                 "input 1 of sample 0 is an undefined tensor"));
  CHECK(contains(refusal({.inputs = {filled({1, 1, 1, 1, 1, 1, 1, 1}, 0)}}),
                 "input 0 of sample 0 has shape [1,1,1,1,1,1,1,1], a batch would have a dimension too many"));
  CHECK(contains(loop_error(CountingImages(3, 0)), "): sample 0: image is damaged"));
}

TEST_CASE("A label that is no index into the class names is an error that names its sample") {
  const std::vector<std::string> names{"cat", "dog"};
  const Sample usual{.inputs = {filled({1}, 0)}, .label = 1};
  const auto error = [&](int label) {
    return loop_error(but_sample_3(
        usual, [=](Sample& s) { s.label = label; }, names));
  };
  CHECK(contains(error(2), "): sample 3: label 2 is not one of the 2 classes 0..1"));
  CHECK(contains(error(-1), "): sample 3: label -1 is not one of the 2 classes 0..1"));
  CHECK(contains(error(0), "no error"));
}

TEST_CASE("What a data set throws names the sample and keeps its class, where that is one of Reel's") {
  struct OwnError : IoError {
    using IoError::IoError;
  };
  const Sample usual{.inputs = {filled({1}, 0)}};
  const auto thrown = [&](auto error) { return but_sample_3(usual, [=](Sample&) { throw error; }); };
  const auto once = [](const std::string& text) {
    return text.starts_with("Loader (") && text.ends_with("): sample 3: b.png is damaged");
  };
  CHECK(once(loop_error<FormatError>(thrown(FormatError("b.png is damaged")))));
  CHECK(once(loop_error<OwnError>(thrown(OwnError("b.png is damaged")))));
  CHECK(once(loop_error<Error>(thrown(std::runtime_error("b.png is damaged")))));
  CHECK(once(loop_error<Error>(thrown(std::out_of_range("b.png is damaged")))));
  const MadeSamples unknown = thrown(7);
  Loader loader(unknown, {.batch = 2});
  CHECK_THROWS_AS(read_epoch(loader), int);
}

TEST_CASE("The transform changes the first input alone, which may be an image without channels") {
  const auto add_one = [](Image& image, const RandomStream&) {
    REQUIRE(image.shape == Shape{1, 2, 3});
    for (Scalar& p : image.pixels) p++;
  };
  const MadeSamples data([](Index i) {
    return Sample{.inputs = {filled({2, 3}, i), filled({2, 3}, i)}, .target = filled({2, 3}, i)};
  });
  Loader loader(data, {.batch = 5, .transform = add_one});
  CHECK(loader.sample_shape() == Shape{2, 3});
  const Batch batch = *loader.begin();
  for (Index i = 0; i < 5; i++) {
    CHECK(batch.images.at(i, 1, 2) == static_cast<Scalar>(i + 1));
    CHECK(batch.inputs[1].at(i, 1, 2) == static_cast<Scalar>(i));
    CHECK(batch.targets.at(i, 1, 2) == static_cast<Scalar>(i));
  }
  Loader cropping(data, {.batch = 5, .transform = random_crop({.size = Size2{1, 2}})});
  CHECK(cropping.begin()->images.shape() == Shape{5, 1, 2});
  const MadeSamples rows(
      [](Index i) { return Sample{.inputs = {filled({6}, i)}, .target = filled({6}, i)}; });
  CHECK(contains(loop_error<ShapeError>(rows, {.transform = add_one}),
                 "transform changes images [C,H,W] or [H,W], input 0 of sample 0 has shape [6]"));
  CHECK(contains(loop_error<ShapeError>(rows, {.target_transform = add_one}),
                 "target_transform changes images [C,H,W] or [H,W], the target of sample 0 has shape [6]"));
}

TEST_CASE("A mask moves as its image does") {
  const MadeSamples data([](Index) {
    return Sample{.inputs = {places({2, 6, 5})}, .target = places({6, 5})};
  });
  const auto move = [] {
    return compose({random_crop({.padding = 2, .size = Size2{4, 7}}), random_horizontal_flip()});
  };
  Loader loader(data, {.batch = 5, .seed = 3, .transform = move(), .target_transform = move()});
  std::set<std::vector<Scalar>> seen;
  for (int epoch = 0; epoch < 4; epoch++) {
    for (const Batch& batch : loader) {
      REQUIRE(batch.images.shape() == Shape{5, 2, 4, 7});
      REQUIRE(batch.targets.shape() == Shape{5, 4, 7});
      for (Index i = 0; i < 5; i++) {
        const auto image = batch.images.values().subspan(static_cast<std::size_t>(i) * 56, 28);
        const auto mask = batch.targets.values().subspan(static_cast<std::size_t>(i) * 28, 28);
        CHECK(std::ranges::equal(image, mask));
        seen.emplace(mask.begin(), mask.end());
      }
    }
  }
  CHECK(seen.size() > 10);  // they did move
}

TEST_CASE("A target_transform without targets, or that does not fit one, is an error") {
  const auto keep = [](Image&, const RandomStream&) {};
  CHECK(contains(loop_error(CountingImages(3), {.target_transform = keep}),
                 "target_transform is given, but samples have no target"));
  const auto grow = [](Image& image, const RandomStream&) {
    if (image.pixels[0] == 3) image = {{1, 1, 3}, {1, 2, 3}};
  };
  const MadeSamples data([](Index i) {
    return Sample{.inputs = {filled({1}, i)}, .target = filled({1, 2}, i)};
  });
  CHECK(contains(loop_error<ShapeError>(data, {.target_transform = grow}),
                 "sample 3: the target_transform makes shape [1,1,3] with 3 pixels, others have [1,2]"));
  const std::string unfit = loop_error<ShapeError>(data, {.target_transform = normalize({0, 0}, {1, 1})});
  CHECK(contains(unfit, "): target_transform: normalize: image [1,1,2] has 1 channels"));
}

TEST_CASE("mixup refuses samples of more than an image and a class") {
  const std::vector<std::string> names{"cat", "dog"};
  const auto refused = [&](const Sample& sample) {
    return loop_error(MadeSamples([=](Index) { return sample; }, names), {.mixup = 1});
  };
  const Tensor image = filled({1, 1, 2}, 0);
  CHECK(contains(refused({.inputs = {image, image}, .label = 0}),
                 "sample 0 has 2 inputs, a label and no target"));
  CHECK(
      contains(refused({.inputs = {image}, .target = image, .label = 0}), "1 inputs, a label and a target"));
  CHECK(contains(refused({.inputs = {image}}), "1 inputs, no label and no target"));
  CHECK(contains(refused({.inputs = {image}, .label = 0}), "no error"));
}

TEST_CASE("A labelled image is a sample") {
  const GeneratedDigits digits(10, 1);
  const Sample sample = digits.sample(7);
  REQUIRE(sample.inputs.size() == 1);
  CHECK(sample.inputs[0].shape() == Shape{1, 28, 28});
  CHECK(sample.label == digits.label(7));
  CHECK_FALSE(sample.target.defined());
  Tensor expected = Tensor::zeros({1, 28, 28});
  digits.read(7, expected.mutable_values());
  CHECK(collated_numbers(sample.inputs[0]) == collated_numbers(expected));
}

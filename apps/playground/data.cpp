#include "playground/data.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <reel/core/text/detail/say.h>

namespace reel::playground {
namespace {

constexpr Index kToTrain = 60000, kToJudge = 1000;  // as many as MNIST has; a tenth of its others
constexpr Index kEvery = 5;                         // of a class's pictures, one is kept to judge by

class DecodedPictures : public LabelledImages {
 public:
  explicit DecodedPictures(Pictures all) : all_(std::move(all)) {}

  Index size() const override { return std::ssize(all_.labels); }
  Shape sample_shape() const override { return all_.shape; }
  void read(Index i, std::span<Scalar> pixels) const override {
    const Index numel = all_.shape.numel();
    const std::uint8_t* const bytes = all_.pixels.data() + i * numel;
    std::transform(bytes, bytes + numel, pixels.begin(),
                   [](int byte) { return static_cast<Scalar>(byte) / 255; });
  }
  int label(Index i) const override { return all_.labels[static_cast<std::size_t>(i)]; }
  const std::vector<std::string>& class_names() const override { return all_.class_names; }

 private:
  Pictures all_;
};

// Some images of a data set.
class Some : public LabelledImages {
 public:
  Some(std::shared_ptr<const LabelledImages> of, std::vector<Index> which)
      : of_(std::move(of)), which_(std::move(which)) {}

  Index size() const override { return std::ssize(which_); }
  Shape sample_shape() const override { return of_->sample_shape(); }
  void read(Index i, std::span<Scalar> pixels) const override { of_->read(at(i), pixels); }
  int label(Index i) const override { return of_->label(at(i)); }
  const std::vector<std::string>& class_names() const override { return of_->class_names(); }

 private:
  Index at(Index i) const { return which_[static_cast<std::size_t>(i)]; }

  std::shared_ptr<const LabelledImages> of_;
  std::vector<Index> which_;
};

void check_classes(const Pictures& all, const std::vector<Index>& of_class) {
  if (of_class.size() < 2) {
    throw Error(
        fmt::format("the pictures are of {} class, two or more are wanted: a folder for each, with its "
                    "pictures in it",
                    of_class.size()));
  }
  const auto few = std::find_if(of_class.begin(), of_class.end(), [](Index n) { return n < kEvery; });
  if (few == of_class.end()) return;
  throw Error(
      fmt::format("the class \"{}\" has {} pictures, {} or more are wanted: one in {} is kept to judge by",
                  all.class_names[static_cast<std::size_t>(few - of_class.begin())], *few, kEvery, kEvery));
}

}  // namespace

Data generated_digits() {
  return {std::string(sentence("generated digits")), std::make_shared<GeneratedDigits>(kToTrain, 1),
          std::make_shared<GeneratedDigits>(kToJudge, 1, Split::kTest)};
}

Data mnist_in(const std::filesystem::path& folder) {
  const auto test = std::make_shared<Mnist>(folder, Split::kTest);
  std::vector<Index> first(static_cast<std::size_t>(std::min(kToJudge, test->size())));
  std::iota(first.begin(), first.end(), 0);
  return {std::string(sentence("MNIST")), std::make_shared<Mnist>(folder),
          std::make_shared<Some>(test, std::move(first))};
}

Data pictures(Pictures all) {
  std::vector<Index> train, test, of_class(all.class_names.size(), 0);
  for (std::size_t i = 0; i < all.labels.size(); i++) {
    const Index earlier = of_class[static_cast<std::size_t>(all.labels[i])]++;
    (earlier % kEvery == kEvery - 1 ? test : train).push_back(static_cast<Index>(i));
  }
  check_classes(all, of_class);
  const auto decoded = std::make_shared<DecodedPictures>(std::move(all));
  return {std::string(sentence("pictures")), std::make_shared<Some>(decoded, std::move(train)),
          std::make_shared<Some>(decoded, std::move(test))};
}

}  // namespace reel::playground

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/loader_collator.h>
#include <reel/datasets/detail/mixup.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

// Of an image's random numbers; transforms draw from others.
constexpr std::uint64_t kMixupStream = std::numeric_limits<std::uint64_t>::max();

// run(), whose exceptions say of which sample they are.
template <class F>
decltype(auto) of_sample(const std::string& label, Index i, F&& run) {
  return with_label([&] { return fmt::format("{}: sample {}", label, i); },
                    [&]() -> decltype(auto) {
                      try {
                        return run();
                      } catch (const Error&) {
                        throw;
                      } catch (const std::exception& error) {
                        throw Error(error.what());
                      }
                    });
}

// With a dimension in front.
Shape batch_shape(Index count, const Shape& sample) {
  std::vector<Index> sizes{count};
  sizes.insert(sizes.end(), sample.begin(), sample.end());
  return Shape(sizes);
}

// What a transform sees of [C,H,W] or [H,W], and what [H,W] is again behind it.
Shape as_image(const Shape& read) { return read.dim() == 2 ? Shape{1, read[0], read[1]} : read; }
Shape as_read(const Shape& image, const Shape& read) {
  return read.dim() == 2 && image[0] == 1 ? Shape{image[1], image[2]} : image;
}

bool fits(const Image& image) {
  return image.shape.dim() == 3 && image.shape.numel() == std::ssize(image.pixels);
}

}  // namespace

Collator::Collator(const std::string& label, const Dataset& dataset, const LoaderOptions& options)
    : label_(label),
      dataset_(dataset),
      options_(options),
      classes_(static_cast<Index>(dataset.class_names().size())) {
  const Sample first = of_sample(label_, 0, [&] { return dataset_.sample(0); });
  if (first.inputs.empty()) throw Error(fmt::format("{}: sample 0 has no input", label_));
  for (const Tensor& input : first.inputs) {
    const bool is_first = inputs_.empty();
    inputs_.push_back(part_of(fmt::format("input {}", inputs_.size()), input, "transform",
                              is_first ? &options_.transform : nullptr));
  }
  if (first.target.defined())
    target_ = part_of("the target", first.target, "target_transform", &options_.target_transform);
  else if (options_.target_transform)
    throw Error(fmt::format("{}: target_transform is given, but samples have no target", label_));
  labelled_ = first.label.has_value();
  if (options_.mixup > 0) check_mixup(first);
}

// Of what it is in sample 0. The transform is tried once on a blank image: what it makes of the shape, and
// whether it fits at all.
Collator::Part Collator::part_of(const std::string& name, const Tensor& first,
                                 const std::string& transform_name, const Transform* transform) const {
  const Shape& read = first.shape();
  if (!first.defined()) throw Error(fmt::format("{}: {} of sample 0 is an undefined tensor", label_, name));
  if (read.dim() == Shape::kMaxDim) {
    throw ShapeError(fmt::format("{}: {} of sample 0 has shape {}, a batch would have a dimension too many",
                                 label_, name, read));
  }
  if (!transform || !*transform) return {name, transform_name, nullptr, read, read};
  if (read.dim() != 3 && read.dim() != 2) {
    throw ShapeError(fmt::format("{}: {} changes images [C,H,W] or [H,W], {} of sample 0 has shape {}",
                                 label_, transform_name, name, read));
  }
  Image image{as_image(read), std::vector<Scalar>(static_cast<std::size_t>(read.numel()))};
  with_label([&] { return label_ + ": " + transform_name; },
             [&] { (*transform)(image, RandomStream(*options_.seed, 0)); });
  if (!fits(image)) {
    throw ShapeError(
        fmt::format("{}: the {} leaves an image of shape {} with {} pixels, [C,H,W] and C*H*W of them are "
                    "expected",
                    label_, transform_name, image.shape, image.pixels.size()));
  }
  return {name, transform_name, transform, read, as_read(image.shape, read)};
}

void Collator::check_mixup(const Sample& first) const {
  if (first.inputs.size() == 1 && !first.target.defined() && first.label) return;
  throw Error(fmt::format(
      "{}: mixup needs samples of one input and a label; sample 0 has {} inputs, {} label "
      "and {} target",
      label_, first.inputs.size(), first.label ? "a" : "no", first.target.defined() ? "a" : "no"));
}

Batch Collator::collate(std::span<const Index> samples, const RandomStream& random_of_epoch) const {
  Batch batch = room_for(std::ssize(samples)), other;
  if (options_.mixup > 0) other = room_for(1);
  Image scratch;
  Index row = 0;
  for (const Index sample : samples) {
    const RandomStream random = random_of_epoch.substream(static_cast<std::uint64_t>(sample) + 1);
    put(sample, random, batch, row, scratch);
    if (options_.mixup > 0) mix(random.substream(kMixupStream), batch, row, other, scratch);
    row++;
  }
  return batch;
}

Batch Collator::room_for(Index count) const {
  Batch batch;
  for (const Part& part : inputs_) {
    batch.inputs.push_back(Tensor::uninitialized(batch_shape(count, part.made)));
  }
  batch.images = batch.inputs.front();
  if (target_) batch.targets = Tensor::uninitialized(batch_shape(count, target_->made));
  if (labelled_) batch.labels.resize(static_cast<std::size_t>(count));
  if (options_.mixup > 0) batch.probabilities = Tensor::zeros({count, classes_});
  return batch;
}

// Sample i into a row of the batch.
void Collator::put(Index i, const RandomStream& random, Batch& batch, Index row, Image& scratch) const {
  const auto put_part = [&](const Part& part, const Tensor& from, Tensor& to) {
    Scalar* numbers = to.mutable_data() + row * part.made.numel();
    if (!part.transform) return void(std::copy_n(from.data(), from.numel(), numbers));
    scratch.shape = as_image(part.read);
    scratch.pixels.assign(from.data(), from.data() + from.numel());
    (*part.transform)(scratch, random);
    if (!fits(scratch) || as_read(scratch.shape, part.read) != part.made) {
      throw ShapeError(fmt::format("the {} makes shape {} with {} pixels, others have {}",
                                   part.transform_name, scratch.shape, scratch.pixels.size(), part.made));
    }
    std::copy_n(scratch.pixels.data(), part.made.numel(), numbers);
  };
  of_sample(label_, i, [&] {
    const Sample sample = dataset_.sample(i);
    check(sample);
    for (std::size_t k = 0; k < inputs_.size(); k++) put_part(inputs_[k], sample.inputs[k], batch.inputs[k]);
    if (target_) put_part(*target_, sample.target, batch.targets);
    if (labelled_) batch.labels[static_cast<std::size_t>(row)] = *sample.label;
  });
}

// Against sample 0, and the label against the classes.
void Collator::check(const Sample& sample) const {
  const auto has = [](const char* what, bool found, bool expected) {
    if (found != expected) {
      throw Error(
          fmt::format("it has {} {}, sample 0 has {}", found ? "a" : "no", what, expected ? "one" : "none"));
    }
  };
  const auto same_shape = [](const Part& part, const Tensor& tensor) {
    if (!tensor.defined()) throw Error(fmt::format("{} is an undefined tensor", part.name));
    if (tensor.shape() != part.read) {
      throw ShapeError(
          fmt::format("{} has shape {}, that of sample 0 has {}", part.name, tensor.shape(), part.read));
    }
  };
  if (sample.inputs.size() != inputs_.size())
    throw Error(fmt::format("it has {} inputs, sample 0 has {}", sample.inputs.size(), inputs_.size()));
  for (std::size_t k = 0; k < inputs_.size(); k++) same_shape(inputs_[k], sample.inputs[k]);
  has("target", sample.target.defined(), target_.has_value());
  if (target_) same_shape(*target_, sample.target);
  has("label", sample.label.has_value(), labelled_);
  if (labelled_ && classes_ > 0 && (*sample.label < 0 || *sample.label >= classes_)) {
    throw Error(
        fmt::format("label {} is not one of the {} classes 0..{}", *sample.label, classes_, classes_ - 1));
  }
}

// Another sample into the image that stands in the row.
void Collator::mix(const RandomStream& random, Batch& batch, Index row, Batch& other, Image& scratch) const {
  const auto i = static_cast<Index>(random.below(0, static_cast<std::uint64_t>(dataset_.size())));
  const auto share = static_cast<Scalar>(mixup_share(options_.mixup, random.substream(0)));
  put(i, random.substream(1), other, 0, scratch);
  Scalar* pixel = batch.images.mutable_data() + row * sample_shape().numel();
  for (const Scalar other_pixel : other.images.values()) {
    *pixel = share * *pixel + (1 - share) * other_pixel;
    pixel++;
  }
  Scalar* probabilities = batch.probabilities.mutable_data() + row * classes_;
  probabilities[batch.labels[static_cast<std::size_t>(row)]] += share;
  probabilities[other.labels.front()] += 1 - share;
}

}  // namespace reel::inline REEL_PRECISION::detail

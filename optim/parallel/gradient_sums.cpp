#include <reel/optim/parallel/detail/gradient_sums.h>

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/kernels/detail/elementwise.h>

namespace reel::inline REEL_PRECISION::detail {
namespace {

// Long enough that a message's own cost does not count, short enough that many networks have several.
constexpr std::size_t kBucketNumbers = std::size_t{1} << 17;
constexpr int kLastTag = 32766;  // of a Communicator

// The last come first.
std::vector<Parameter*> trainable_backwards(std::span<Parameter* const> parameters) {
  std::vector<Parameter*> result;
  std::copy_if(parameters.rbegin(), parameters.rend(), std::back_inserter(result),
               [](const Parameter* parameter) { return parameter->trainable; });
  return result;
}

std::vector<Shape> shapes_of(std::span<Parameter* const> parameters) {
  std::vector<Shape> shapes;
  for (const Parameter* parameter : parameters) shapes.push_back(parameter->value.shape());
  return shapes;
}

std::size_t numbers_of(const Parameter& parameter) {
  return static_cast<std::size_t>(parameter.value.numel());
}

}  // namespace

GradientSums::GradientSums(std::span<Parameter* const> parameters, const ShardTree& tree,
                           Communicator& processes, int first_tag)
    : parameters_(trainable_backwards(parameters)),
      shapes_(shapes_of(parameters_)),
      taken_(parameters_.size()) {
  for (std::size_t first = 0; first < parameters_.size();) {
    std::size_t last = first, numbers = 0;
    do {
      position_[parameters_[last]] = last;
      places_.push_back({last, buckets_.size(), numbers});
      numbers += numbers_of(*parameters_[last++]);
    } while (last < parameters_.size() && numbers + numbers_of(*parameters_[last]) <= kBucketNumbers);
    const int tag = first_tag + static_cast<int>(buckets_.size());
    if (tag > kLastTag) {
      throw Error(fmt::format(
          "DataParallel: the gradients of {} parameters need more than {} messages, the most; one "
          "takes {} numbers, or one parameter that has more",
          parameters_.size(), buckets_.size(), kBucketNumbers));
    }
    buckets_.push_back({.sum = {tree, processes, tag, numbers}, .first = first, .last = last});
    first = last;
  }
}

bool GradientSums::fits(std::span<Parameter* const> parameters) const {
  return trainable_backwards(parameters) == parameters_ && shapes_of(parameters_) == shapes_;
}

void GradientSums::start() {
  for (Bucket& bucket : buckets_) bucket.sum.start();
}

void GradientSums::open(int shard) {
  shard_ = shard;
  taken_.assign(parameters_.size(), false);
  for (Bucket& bucket : buckets_) {
    bucket.room = bucket.sum.open(shard);
    bucket.missing = bucket.last - bucket.first;
  }
}

void GradientSums::take(const Parameter& parameter, const Tensor& gradient) {
  const auto found = position_.find(&parameter);
  if (found == position_.end()) {
    throw Error(fmt::format(
        "DataParallel: the loss depends on the parameter \"{}\" {}, which is no part of the module that it "
        "was given; make it one with add() or add_parameter()",
        parameter.name, parameter.value.shape()));
  }
  const Place& place = places_[found->second];
  Bucket& bucket = buckets_[place.bucket];
  std::ranges::copy(gradient.values(), bucket.room.begin() + static_cast<std::ptrdiff_t>(place.begin));
  taken_[place.parameter] = true;
  if (--bucket.missing == 0) bucket.sum.close(shard_);
}

// What has no gradient counts as 0 in the sum.
void GradientSums::close(Bucket& bucket) {
  for (std::size_t i = bucket.first; i < bucket.last; i++) {
    if (!taken_[i])
      std::ranges::fill(bucket.room.subspan(places_[i].begin, numbers_of(*parameters_[i])), Scalar(0));
  }
  bucket.sum.close(shard_);
}

void GradientSums::close() {
  for (Bucket& bucket : buckets_) {
    if (bucket.missing > 0) close(bucket);
  }
}

// The first few that are not done talk, the same at every process: were all to talk at once, they would share the line,
// and none would be on its way back before the last is there.
bool GradientSums::advance(bool may_talk) {
  constexpr int kTalking = 3;
  int left = 0;
  for (Bucket& bucket : buckets_) {
    if (!bucket.sum.advance(may_talk && left < kTalking)) left++;
  }
  return left == 0;
}

bool GradientSums::is_talking() const {
  return std::ranges::any_of(buckets_, [](const Bucket& bucket) { return bucket.sum.is_talking(); });
}

void GradientSums::deliver(std::span<const double> shards_with) const {
  for (std::size_t i = 0; i < parameters_.size(); i++) {
    const Tensor& total = parameters_[i]->grad;
    if (shards_with[i] == 0 || !total.defined() || total.shape() == shapes_[i]) continue;
    throw ShapeError(fmt::format("backward: parameter \"{}\" is {}, its grad was set to {}",
                                 parameters_[i]->name, shapes_[i], total.shape()));
  }
  for (std::size_t i = 0; i < parameters_.size(); i++) {
    if (shards_with[i] > 0) deliver(i);
  }
}

void GradientSums::deliver(std::size_t i) const {
  const auto sum =
      buckets_[places_[i].bucket].sum.sum().subspan(places_[i].begin, numbers_of(*parameters_[i]));
  Tensor& total = parameters_[i]->grad;
  if (!total.defined()) {
    total = Tensor::from(shapes_[i], sum);
    return;
  }
  if (!total.unique()) total = total.clone();  // a tape that still lives shows it as its own
  kernels::add_in_place(total.mutable_data(), sum.data(), total.numel());
}

}  // namespace reel::inline REEL_PRECISION::detail

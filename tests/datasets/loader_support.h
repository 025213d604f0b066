// A data set whose images tell their numbers, and what a Loader made of it.
#pragma once

#include <atomic>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <reel/core/random.h>
#include <reel/core/tensor.h>
#include <reel/datasets/dataset.h>
#include <reel/datasets/loader.h>
#include <reel/datasets/transform.h>

namespace reel_test {

using reel::Index, reel::Scalar;

/// Image i is [1,1,2] with pixels i and i + 0.5; its label is i. Image `fails_at` throws.
class CountingImages : public reel::LabelledImages {
 public:
  explicit CountingImages(Index size, Index fails_at = -1) : size_(size), fails_at_(fails_at) {}
  Index size() const override { return size_; }
  reel::Shape sample_shape() const override { return {1, 1, 2}; }
  void read(Index i, std::span<Scalar> pixels) const override {
    if (i == fails_at_) throw std::runtime_error("image is damaged");
    pixels[0] = static_cast<Scalar>(i);
    pixels[1] = static_cast<Scalar>(i) + Scalar{0.5};
    reads++;
    reads.notify_all();
  }
  int label(Index i) const override { return static_cast<int>(i); }
  const std::vector<std::string>& class_names() const override { return names_; }

  mutable std::atomic<int> reads = 0;

 private:
  Index size_, fails_at_;
  std::vector<std::string> names_;
};

/// All that an epoch gives: each batch's labels and pixels.
struct Epoch {
  std::vector<std::vector<int>> labels;
  std::vector<std::vector<Scalar>> pixels;
  friend bool operator==(const Epoch&, const Epoch&) = default;
};

inline void append(Epoch& epoch, const reel::Tensor& images, const std::vector<int>& labels) {
  epoch.labels.push_back(labels);
  epoch.pixels.emplace_back(images.values().begin(), images.values().end());
}

inline Epoch read_epoch(reel::Loader& loader) {
  Epoch epoch;
  for (const auto& [images, labels] : loader) append(epoch, images, labels);
  return epoch;
}

inline std::vector<int> flat(const Epoch& epoch) {
  std::vector<int> all;
  for (const auto& labels : epoch.labels) all.insert(all.end(), labels.begin(), labels.end());
  return all;
}

inline std::vector<int> first_n(int n) {
  std::vector<int> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return v;
}

/// Adds a random number, so that the order of calls would show.
inline void add_noise(reel::Image& image, const reel::RandomStream& random) {
  for (Scalar& p : image.pixels) p += static_cast<Scalar>(random.uniform(0));
}

}  // namespace reel_test

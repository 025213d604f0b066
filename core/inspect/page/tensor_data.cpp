// A tensor's numbers in base64; of a large one statistics, a histogram and a crop.
#include <reel/core/inspect/page/detail/tensor_data.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/explain.h>
#include <reel/core/text/detail/base64.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are encoded as they lie in memory");

constexpr Index kMaxCrop = 4096;  // elements: a 64x64 picture
constexpr std::size_t kTop = 16;
constexpr std::size_t kBins = 32;

Index base64_size(Index floats) { return (floats * 4 + 2) / 3 * 4; }

// Little-endian float32 in base64.
std::string encoded(const std::vector<float>& floats) {
  return base64({reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}

// The first elements along each dimension: the longest is halved until few enough are left.
Shape crop_shape(Shape shape, Index max_elements) {
  while (shape.numel() > std::min(kMaxCrop, max_elements)) {
    const Index longest = std::max_element(shape.begin(), shape.end()) - shape.begin();
    shape = shape.with(longest, (shape[longest] + 1) / 2);
  }
  return shape;
}

Json crop_data(const Tensor& tensor, Index max_elements) {
  const Shape crop = crop_shape(tensor.shape(), max_elements);
  std::vector<Index> index(static_cast<std::size_t>(crop.dim()));
  std::vector<float> floats;
  floats.reserve(static_cast<std::size_t>(crop.numel()));
  do {
    Index element = 0;
    for (Index d = 0; d < crop.dim(); d++) {
      element = element * tensor.size(d) + index[static_cast<std::size_t>(d)];
    }
    floats.push_back(static_cast<float>(tensor.data()[element]));
  } while (next_index(crop, index));
  return {{"start", std::vector<Index>(index.size())},
          {"shape", std::vector<Index>(crop.begin(), crop.end())},
          {"data", encoded(floats)}};
}

struct Ranked {
  Index element;
  double value;
  double magnitude() const {
    return std::isfinite(value) ? std::abs(value) : std::numeric_limits<double>::infinity();
  }
};

// What is known after a first look at each element.
struct Survey {
  double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
  Index zeros = 0, not_finite = 0, finite = 0;
  std::vector<Ranked> top;  // by magnitude, the first of equals in front

  explicit Survey(const Tensor& tensor) {
    for (Index i = 0; i < tensor.numel(); i++) add({i, tensor.data()[i]});
  }
  double mean() const { return sum / static_cast<double>(finite); }

 private:
  void add(Ranked next) {
    if (std::isfinite(next.value)) {
      low = std::min(low, next.value);
      high = std::max(high, next.value);
      sum += next.value;
      finite++;
    } else {
      not_finite++;
    }
    zeros += next.value == 0;
    if (top.size() == kTop && next.magnitude() <= top.back().magnitude()) return;
    if (top.size() == kTop) top.pop_back();
    const auto after = std::upper_bound(top.begin(), top.end(), next, [](const Ranked& a, const Ranked& b) {
      return a.magnitude() > b.magnitude();
    });
    top.insert(after, next);
  }
};

// What takes a second look: it is relative to the mean and the range.
struct Spread {
  double squares = 0;  // of the distances from the mean
  std::array<Index, kBins> counts{};

  Spread(const Tensor& tensor, const Survey& survey) {
    const double mean = survey.mean();
    const double half = survey.high / 2 - survey.low / 2;  // of the range, which may be too wide for a double
    for (Index i = 0; i < tensor.numel(); i++) {
      const double value = tensor.data()[i];
      if (!std::isfinite(value)) continue;
      squares += (value - mean) * (value - mean);
      const double place = half > 0 ? (value / 2 - survey.low / 2) / half * static_cast<double>(kBins) : 0;
      counts[std::min(kBins - 1, static_cast<std::size_t>(place))]++;
    }
  }
};

Json summary_data(const Tensor& tensor, Index max_elements) {
  const Survey survey(tensor);
  const Spread spread(tensor, survey);
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Json low = survey.finite > 0 ? survey.low : none;
  const Json high = survey.finite > 0 ? survey.high : none;
  Json top = Json::array();
  for (const Ranked& each : survey.top) top.push_back(std::array<Json, 2>{each.element, each.value});
  return {{"numel", tensor.numel()},
          {"stats",
           {{"min", low},
            {"max", high},
            {"mean", survey.mean()},
            {"std", std::sqrt(spread.squares / static_cast<double>(survey.finite))},
            {"zeros", survey.zeros},
            {"nonfinite", survey.not_finite}}},
          {"histogram", {{"low", low}, {"high", high}, {"counts", spread.counts}}},
          {"top", top},
          {"crop", crop_data(tensor, max_elements)}};
}

}  // namespace

Json tensor_data(const Tensor& tensor, Index max_elements) {
  if (tensor.numel() > max_elements) return summary_data(tensor, max_elements);
  const auto values = tensor.values();
  return {{"numel", tensor.numel()}, {"data", encoded({values.begin(), values.end()})}};
}

Index tensor_data_size(const Tensor& tensor, Index max_elements) {
  const bool whole = tensor.numel() <= max_elements;
  return base64_size(whole ? tensor.numel() : crop_shape(tensor.shape(), max_elements).numel());
}

}  // namespace reel::inline REEL_PRECISION::inspect

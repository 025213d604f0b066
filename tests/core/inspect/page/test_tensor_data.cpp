#include <reel/core/inspect/page/detail/tensor_data.h>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "close.h"
#include "gradcheck_support.h"
#include "json_support.h"
#include "page_support.h"

using namespace reel;
using inspect::tensor_data_size;
using reel_test::floats_of;
using reel_test::Parsed;

namespace {

constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
constexpr Scalar kNan = std::numeric_limits<Scalar>::quiet_NaN();

Parsed tensor_data(const Tensor& tensor, Index max_elements) {
  return reel_test::parsed(inspect::tensor_data(tensor, max_elements));
}

std::string data_of(const Parsed& data) { return data.at("data").get<std::string>(); }

}  // namespace

TEST_CASE("Elements travel as float32 in base64, whatever their number leaves of the last group") {
  CHECK(tensor_data(Tensor::from({1}, {1}), 9) == Parsed{{"numel", 1}, {"data", "AACAPw=="}});
  CHECK(data_of(tensor_data(Tensor::from({2}, {1, -2}), 9)) == "AACAPwAAAMA=");
  CHECK(data_of(tensor_data(Tensor::from({3}, {1, -2, 0}), 9)) == "AACAPwAAAMAAAAAA");
  CHECK(tensor_data(Tensor::zeros({0, 3}), 9) == Parsed{{"numel", 0}, {"data", ""}});
  for (const Index n : {1, 2, 3, 100}) {
    const Tensor x = reel_test::uniform({n}, -9, 9, static_cast<std::uint64_t>(n));
    const Parsed data = tensor_data(x, n);
    const std::vector<float> floats = floats_of(data_of(data));
    CHECK(std::vector<float>(x.values().begin(), x.values().end()) == floats);
    CHECK(tensor_data_size(x, n) == std::ssize(data_of(data)));
  }
  const std::vector<float> odd =
      floats_of(data_of(tensor_data(Tensor::from({3}, {kInfinity, -kInfinity, kNan}), 3)));
  CHECK(odd[0] == std::numeric_limits<float>::infinity());
  CHECK(odd[1] == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(odd[2]));
}

TEST_CASE("A large tensor is told by statistics, a histogram, its largest and a crop") {
  // -8 to 23, one in each of the 32 bins, but for the 0 that takes 5's place.
  Tensor x = Tensor::arange(-8, 24).reshape({4, 8});
  x.set(1, 5, 0);
  const Parsed data = tensor_data(x, 31);
  CHECK(data.at("numel") == 32);
  const Parsed& stats = data.at("stats");
  CHECK(stats.at("min") == -8);
  CHECK(stats.at("max") == 23);
  CHECK(stats.at("mean") == 235 / 32.0);
  CHECK_CLOSE(stats.at("std").get<double>(), std::sqrt(4503 / 32.0 - 235 / 32.0 * 235 / 32.0),
              reel_test::kExact);
  CHECK(stats.at("zeros") == 2);
  CHECK(stats.at("nonfinite") == 0);
  std::vector<int> counts(32, 1);
  counts[8] = 2;
  counts[13] = 0;
  CHECK(data.at("histogram") == Parsed{{"low", -8}, {"high", 23}, {"counts", counts}});
  CHECK(data.at("top").size() == 16);
  CHECK(data.at("top")[0] == Parsed::array({31, 23}));
  CHECK(data.at("top")[15] == Parsed::array({0, -8}));  // before the 8 of equal magnitude
  CHECK(data.at("crop").at("start") == std::vector<int>{0, 0});
  CHECK(data.at("crop").at("shape") == std::vector<int>{4, 4});
  const std::vector<float> crop = floats_of(data_of(data.at("crop")));
  CHECK(crop == std::vector<float>{-8, -7, -6, -5, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19});
  CHECK(tensor_data_size(x, 31) == std::ssize(data_of(data.at("crop"))));
}

TEST_CASE("What is not finite is counted, leads the largest, and stays out of the statistics") {
  const Parsed data = tensor_data(Tensor::from({6}, {3, kNan, 1, -kInfinity, -4, kInfinity}), 5);
  CHECK(data.at("stats").at("nonfinite") == 3);
  CHECK(data.at("stats").at("min") == -4);
  CHECK(data.at("stats").at("max") == 3);
  CHECK(data.at("stats").at("mean") == 0);
  const Parsed top =
      Parsed::array({Parsed::array({1, "nan"}), Parsed::array({3, "-inf"}), Parsed::array({5, "inf"}),
                     Parsed::array({4, -4}), Parsed::array({0, 3}), Parsed::array({2, 1})});
  CHECK(data.at("top") == top);
  const Parsed none = tensor_data(Tensor::full({3}, kNan), 2);
  for (const char* statistic : {"min", "max", "mean", "std"}) CHECK(none.at("stats").at(statistic) == "nan");
  CHECK(none.at("histogram").at("low") == "nan");
  CHECK(none.at("histogram").at("counts") == std::vector<int>(32));
}

TEST_CASE("A histogram of the widest range there is") {
  const Scalar most = std::numeric_limits<Scalar>::max();
  const Parsed data = tensor_data(Tensor::from({4}, {-most, most, 0, most}), 3);
  std::vector<int> counts(32);
  counts[0] = counts[16] = 1;
  counts[31] = 2;
  CHECK(data.at("histogram").at("counts") == counts);
}

TEST_CASE("Equal elements fall into one bin") {
  const Parsed data = tensor_data(Tensor::full({2, 20}, 5), 8);
  CHECK(data.at("histogram").at("counts")[0] == 40);
  CHECK(data.at("stats").at("std") == 0);
}

TEST_CASE("A crop has at most 4096 elements") {
  const Parsed data = tensor_data(Tensor::zeros({64, 128, 3, 3}), 65536);
  CHECK(data.at("crop").at("shape") == std::vector<int>{16, 16, 3, 3});
}

#include "cifar10/whitening.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>

namespace reel::apps {
namespace {

constexpr Index kImages = 5000, kPatch = 12;  // numbers of a 2x2 patch in three channels
constexpr double kFloor = 5e-4;               // added to variances, so that noise is not blown up

using Covariance = Eigen::Matrix<double, kPatch, kPatch>;

// Adds the products of all patches of an image [3,H,W] with themselves.
void add_patches(const Tensor& images, Index image, Covariance& sum) {
  Eigen::Matrix<double, kPatch, 1> patch;
  for (Index y = 0; y + 1 < images.size(2); y++) {
    for (Index x = 0; x + 1 < images.size(3); x++) {
      for (Index i = 0; i < kPatch; i++) {
        patch[i] = static_cast<double>(images.at(image, i / 4, y + i / 2 % 2, x + i % 2));
      }
      sum.selfadjointView<Eigen::Lower>().rankUpdate(patch);
    }
  }
}

Covariance patch_covariance(const Dataset& dataset, const Transform& transform) {
  Loader loader{dataset, {.batch = std::min(kImages, dataset.size()), .transform = transform, .prefetch = 0}};
  const Batch batch = *loader.begin();
  Covariance sum = Covariance::Zero();
  for (Index i = 0; i < batch.images.size(0); i++) add_patches(batch.images, i, sum);
  const Index patches = batch.images.size(0) * (batch.images.size(2) - 1) * (batch.images.size(3) - 1);
  return Covariance(sum.selfadjointView<Eigen::Lower>()) / static_cast<double>(patches);
}

}  // namespace

void set_whitening_filters(FastNet& net, const Dataset& dataset, const Transform& transform) {
  const Eigen::SelfAdjointEigenSolver<Covariance> solver(patch_covariance(dataset, transform));
  Scalar* filters = net.whiten.weight.value.mutable_data();  // [24,3,2,2]
  for (Index f = 0; f < kPatch; f++) {
    const Index component = kPatch - 1 - f;  // the largest variance first
    const double scale = 1 / std::sqrt(solver.eigenvalues()[component] + kFloor);
    for (Index i = 0; i < kPatch; i++) {
      const auto value = static_cast<Scalar>(scale * solver.eigenvectors()(i, component));
      filters[f * kPatch + i] = value;
      filters[(f + kPatch) * kPatch + i] = -value;
    }
  }
  init::constant(net.whiten.bias.value, 0);
}

}  // namespace reel::apps

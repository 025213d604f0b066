// The names of CIFAR's classes, in the order of their labels. Internal to datasets.
#pragma once

#include <string>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

const std::vector<std::string>& cifar10_class_names();
const std::vector<std::string>& cifar100_fine_class_names();
const std::vector<std::string>& cifar100_coarse_class_names();

}  // namespace reel::inline REEL_PRECISION

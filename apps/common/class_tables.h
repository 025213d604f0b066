// How a classifier does class by class, as tables for a page.
#pragma once

#include <string>
#include <vector>

#include <reel/datasets/metrics.h>

namespace reel::apps {

/// A row for each true class, a column for each predicted one.
std::string confusion_table(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names);

/// Recall and precision of each class, each with a bar of what is missing to 100%: all begin at 0 and are of one
/// scale, so that the worst class has the longest.
std::string recall_table(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names);

}  // namespace reel::apps

// The worst mistakes of a network: a page for each of the first few that explains every number of it, and their
// pictures in a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/evaluation.h"

namespace reel::apps {

/// How many of the worst mistakes are shown, and how many of them get a page.
constexpr std::size_t kMistakesShown = 24, kMistakesExplained = 3;

/// Where the page of the n-th mistake, from 1, lies: "run-mistake-1.html" beside "run.html".
std::string mistake_path(const std::string& report, std::size_t n);

/// A page that was written, or why it was not.
struct MistakePage {
  std::string path;
  std::int64_t bytes = 0;
  std::string failure = {};  ///< empty where it was written
};

/// Writes the pages of the worst mistakes (see inspect::write_page): the step that each image alone would make, in
/// eval mode, as `view` leaves it. The net stays as it is. None where the report is no regular file.
std::vector<MistakePage> write_mistake_pages(Module& net, const LabelledImages& dataset,
                                             const Transform& view, const Evaluation& evaluation,
                                             const std::string& report);

/// Those with a page large, with the classes that the network thought of, and a link; the others small.
std::string mistakes_html(const LabelledImages& dataset, const Evaluation& evaluation,
                          const std::vector<MistakePage>& pages);

}  // namespace reel::apps

// A network and where its time goes, as tables for a page.
#pragma once

#include <string>

#include <reel/core/profile.h>
#include <reel/layers/summary.h>

namespace reel::apps {

/// A row for each op with its layer, the sizes of its result, parameters, multiply-adds and receptive field, and the
/// totals.
std::string network_table(const Summary& summary);

/// A row for each entry that is worth one, the slowest first: its time as a bar and in numbers.
std::string profile_table(const Profile& profile);

}  // namespace reel::apps

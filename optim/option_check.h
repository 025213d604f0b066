// Checks of the options of optimisers and schedules. Internal to optim.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/location.h>

namespace reel::inline REEL_PRECISION {

/// Knows what is being made and where, which stands at the head of every message.
class OptionCheck {
 public:
  OptionCheck(std::string_view name, Location where);

  /// "Adam (train.cpp:12)"
  const std::string& label() const { return label_; }
  /// Throws "Adam (train.cpp:12): lr is -1, it must be 0 or more" unless `holds`.
  void operator()(bool holds, const char* option, double value, const char* demand) const;

 private:
  std::string label_;
};

}  // namespace reel::inline REEL_PRECISION

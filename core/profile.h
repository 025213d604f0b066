// Where the time of training steps goes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Which way a call went: from the inputs to the loss, or back.
enum class Pass { kForward, kBackward };

/// What the calls of one op in one layer took together.
struct ProfileEntry {
  std::string scope, op;                       ///< the layer's path, "block1.conv1", and "conv2d"
  std::int64_t calls = 0, backward_calls = 0;  ///< of its forward, of its backward
  double forward_seconds = 0, backward_seconds = 0;
  /// Of the op's inputs and result, and of the gradients of its result and of the inputs that want one.
  std::int64_t forward_bytes = 0, backward_bytes = 0;

  double seconds() const { return forward_seconds + backward_seconds; }
  /// What one forward has of a sum over all of them; what one backward has.
  double a_forward(double of_all) const { return of_all / static_cast<double>(calls > 0 ? calls : 1); }
  double a_backward(double of_all) const {
    return of_all / static_cast<double>(backward_calls > 0 ? backward_calls : 1);
  }
};

/// Collects the time of each op of the tapes that it is given to, `Tape tape{{.profile = &profile}}`, one
/// after another and by one thread at a time. An op that waited and ran together with the ones after it (see
/// Tape) has the time of their forward as well, and an op that reads through a batch norm's map that of the map: their
/// own entries have what they did by themselves, and their backward. What is computed again for Tape::nodes() is not
/// counted.
class Profile {
 public:
  /// Adds a call, also of what no tape knows, such as an optimiser's step.
  void add(std::string_view scope, std::string_view op, Pass pass, double seconds, std::int64_t bytes = 0);
  /// Adds seconds to an op's forward without counting a call: of what it computes before its forward.
  void add_to_forward(std::string_view scope, std::string_view op, double seconds);

  /// In order of their first calls.
  const std::vector<ProfileEntry>& entries() const { return entries_; }
  double seconds() const;
  /// A line for each entry with milliseconds and MB (10^6 bytes) a call, forward and backward, and its share
  /// of the whole time.
  std::string text() const;

 private:
  ProfileEntry& entry_of(std::string_view scope, std::string_view op);

  std::vector<ProfileEntry> entries_;
  std::map<std::pair<std::string, std::string>, std::size_t> positions_;
};

}  // namespace reel::inline REEL_PRECISION

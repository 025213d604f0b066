// Where a run through the events stops. Internal to inspection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/inspect/terminal/detail/element.h>
#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

/// "nan" stops where something that is not finite comes to be, "zero-grad" where all that an op adds to a
/// gradient is 0, the kind of an op ("conv2d") where such an op runs forward or backward, a node ("z") where
/// its value or gradient changes, and "dz" where the gradient alone does.
class Breakpoints {
 public:
  /// What is none of these is an Error that suggests the nearest. One that is there is not added again.
  void add(const Trace& trace, std::string_view name);
  /// An Error where there is none.
  void remove(const Trace& trace, std::string_view name);
  void clear() { points_.clear(); }
  std::vector<std::string> names() const;
  /// The first that an event meets; "" for none.
  std::string met_by(const Trace& trace, std::size_t event) const;
  /// The first event of the whole step that meets a breakpoint of this name.
  static std::optional<std::size_t> first_met(const Trace& trace, std::string_view name);

 private:
  struct Point {
    std::string name;
    std::optional<TensorRef> tensor;  // where the name is one's
  };
  static Point parse(const Trace& trace, std::string_view name);
  static bool same(const Point& a, const Point& b);
  static bool meets(const Trace& trace, std::size_t event, const Point& point);

  std::vector<Point> points_;
};

}  // namespace reel::inline REEL_PRECISION::inspect

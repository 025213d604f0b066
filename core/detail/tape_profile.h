// How a tape times its ops. Internal to the tape, to what runs its ops again, and to batch norm's statistics.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include <reel/core/op.h>
#include <reel/core/profile.h>
#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION::detail {

inline std::int64_t bytes_of(const Shape& shape) {
  return shape.numel() * static_cast<std::int64_t>(sizeof(Scalar));
}

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Takes a tape's profile away while it lives: what is computed again for who looks at a tape is no part of
/// the step.
class ProfilePause {
 public:
  explicit ProfilePause(Profile*& profile) : profile_(profile), paused_(std::exchange(profile, nullptr)) {}
  ~ProfilePause() { profile_ = paused_; }
  ProfilePause(const ProfilePause&) = delete;
  ProfilePause& operator=(const ProfilePause&) = delete;

 private:
  Profile*& profile_;
  Profile* paused_;
};

/// compute(), a forward of `op`; a profile gets its time.
template <class F>
Tensor profiled_forward(Profile* profile, const std::string& scope, const Op& op,
                        std::span<const Tensor> inputs, F&& compute) {
  if (!profile) return compute();
  const Stopwatch watch;
  Tensor y = compute();
  std::int64_t bytes = y.defined() ? bytes_of(y.shape()) : 0;
  for (const Tensor& input : inputs) bytes += bytes_of(input.shape());
  profile->add(scope, op.name(), Pass::kForward, watch.seconds(), bytes);
  return y;
}

}  // namespace reel::inline REEL_PRECISION::detail

#include "common/progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "common/terminal.h"

namespace reel::apps {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  std::string text;
  for (int i = 0; i < kBarWidth; i++) text += i < filled ? "━" : "╌";
  return may_colour(stdout) ? fmt::format("\x1b[36m{}\x1b[0m", text) : text;
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total)
    : title_(std::move(title)),
      total_(total),
      moving_(is_terminal(stdout)),
      start_(std::chrono::steady_clock::now()) {}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double Progress::rate() const { return static_cast<double>(done_) / std::max(seconds(), 1e-9); }

void Progress::advance(std::int64_t count, double loss) {
  done_ += count;
  const auto now = std::chrono::steady_clock::now();
  if (!moving_ || now - drawn_ < kRedrawEvery) return;
  drawn_ = now;
  draw(loss);
}

void Progress::draw(double loss) {
  const double share = static_cast<double>(done_) / static_cast<double>(std::max<std::int64_t>(total_, 1));
  const double remaining = static_cast<double>(total_ - done_) / std::max(rate(), 1e-9);
  fmt::print("\r\x1b[K{} {} {:3.0f}%  loss {:.4f}  {:.0f} images/s  {:.0f} s left", title_, bar(share), 100 * share,
             loss, rate(), remaining);
  std::fflush(stdout);
}

void Progress::finish(const std::string& summary) {
  fmt::print("{}{}  {}  {:.0f} images/s  {:.1f} s\n", moving_ ? "\r\x1b[K" : "", title_, summary, rate(), seconds());
  std::fflush(stdout);
}

}  // namespace reel::apps

#include "common/progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <reel/core/text/detail/terminal.h>

#include "common/output.h"
#include "common/terminal.h"

namespace reel::apps {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24, kShortestBar = 4;

std::string bar(double share, int width) {
  const int filled = static_cast<int>(share * width);
  std::string text;
  const bool utf8 = may_print_utf8();
  const char *done = utf8 ? "━" : "#", *left = utf8 ? "╌" : "-";
  for (int i = 0; i < width; i++) text += i < filled ? done : left;
  return may_colour(stdout) ? fmt::format("\x1b[36m{}\x1b[0m", text) : text;
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total, std::int64_t done)
    : title_(std::move(title)),
      total_(total),
      before_(done),
      done_(done),
      moving_(knows_escapes(stdout)),
      start_(std::chrono::steady_clock::now()),
      latest_(start_) {}

double Progress::seconds() const { return std::chrono::duration<double>(latest_ - start_).count(); }

double Progress::rate() const { return static_cast<double>(done_ - before_) / std::max(seconds(), 1e-9); }

void Progress::advance(std::int64_t count, double loss, double accuracy) {
  done_ += count;
  latest_ = std::chrono::steady_clock::now();
  if (!moving_ || latest_ - drawn_ < kRedrawEvery) return;
  drawn_ = latest_;
  draw(loss, accuracy);
}

void Progress::draw(double loss, double accuracy) {
  const double share = static_cast<double>(done_) / static_cast<double>(std::max<std::int64_t>(total_, 1));
  const double remaining = static_cast<double>(total_ - done_) / std::max(rate(), 1e-9);
  // What does not fit is left out from the right, the bar first: a line that wraps could not be rewritten.
  const int room = terminal_columns() - 1;
  std::string text = fmt::format("{:3.0f}%", 100 * share);
  if (std::ssize(title_) + 1 + std::ssize(text) > room) {  // nothing but the share has room, or not even that
    if (std::ssize(text) <= room) say("\r\x1b[K{}", text);
    std::fflush(stdout);
    return;
  }
  for (const std::string& part :
       {fmt::format("  loss {:.4f}", loss), fmt::format("  accuracy {:.2f}%", 100 * accuracy),
        fmt::format("  {:.0f} images/s", rate()), fmt::format("  {:.0f} s left", remaining)}) {
    if (std::ssize(title_) + 1 + std::ssize(text) + std::ssize(part) > room) break;
    text += part;
  }
  const int width =
      std::min<int>(kBarWidth, room - static_cast<int>(std::ssize(title_) + 2 + std::ssize(text)));
  say("\r\x1b[K{} {}{}", title_, width >= kShortestBar ? bar(share, width) + " " : "", text);
  std::fflush(stdout);
}

void Progress::finish(const std::string& summary) {
  say("{}{}  {}  {:.0f} images/s  {:.1f} s\n", moving_ ? "\r\x1b[K" : "", title_, summary, rate(), seconds());
  std::fflush(stdout);
}

}  // namespace reel::apps

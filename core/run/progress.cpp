// By hand, where packages print bars: this one keeps to the terminal's width, says nothing in a log but a line, and
// knows what the rest of the library knows of terminals.
#include <reel/core/run/progress.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include <reel/core/text/detail/terminal.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24, kShortestBar = 4;
constexpr const char* kLineAnew = "\r\x1b[K";

std::string bar(double share, int width) {
  const int filled = static_cast<int>(share * width);
  std::string text;
  const bool utf8 = may_print_utf8();
  const char *done = utf8 ? "━" : "#", *left = utf8 ? "╌" : "-";
  for (int i = 0; i < width; i++) text += i < filled ? done : left;
  return may_colour(stdout) ? fmt::format("\x1b[36m{}\x1b[0m", text) : text;
}

void print_now(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

Progress::Progress(std::string title, std::int64_t total, ProgressOptions options)
    : title_(std::move(title)),
      unit_(std::move(options.unit)),
      total_(total),
      before_(options.done),
      done_(options.done),
      moving_(knows_escapes(stdout)),
      start_(std::chrono::steady_clock::now()),
      latest_(start_) {}

Progress::~Progress() {
  if (line_open_) print_now("\n");
}

double Progress::seconds() const { return std::chrono::duration<double>(latest_ - start_).count(); }

double Progress::rate() const { return static_cast<double>(done_ - before_) / std::max(seconds(), 1e-9); }

void Progress::advance(std::int64_t count, const std::vector<std::string>& notes) {
  done_ += count;
  latest_ = std::chrono::steady_clock::now();
  if (!moving_ || latest_ - drawn_ < kRedrawEvery) return;
  drawn_ = latest_;
  draw(notes);
}

void Progress::draw(std::vector<std::string> notes) {
  const double share = static_cast<double>(done_) / static_cast<double>(std::max<std::int64_t>(total_, 1));
  const double remaining = static_cast<double>(total_ - done_) / std::max(rate(), 1e-9);
  // What does not fit is left out from the right, the bar first: a line that wraps could not be rewritten.
  const int room = terminal_columns() - 1;
  std::string text = fmt::format("{:3.0f}%", 100 * share);
  if (std::ssize(title_) + 1 + std::ssize(text) > room) {  // nothing but the share has room, or not even that
    if (std::ssize(text) > room) return;
    line_open_ = true;
    return print_now(fmt::format("{}{}", kLineAnew, text));
  }
  notes.push_back(fmt::format("{:.0f} {}/s", rate(), unit_));
  notes.push_back(fmt::format("{:.0f} s left", remaining));
  for (const std::string& note : notes) {
    if (std::ssize(title_) + 1 + std::ssize(text) + 2 + std::ssize(note) > room) break;
    text += fmt::format("  {}", note);
  }
  const int width =
      std::min<int>(kBarWidth, room - static_cast<int>(std::ssize(title_) + 2 + std::ssize(text)));
  line_open_ = true;
  print_now(fmt::format("{}{} {}{}", kLineAnew, title_, width >= kShortestBar ? bar(share, width) + " " : "",
                        text));
}

void Progress::finish(const std::string& summary) {
  line_open_ = false;
  std::string line = fmt::format("{}  {}", title_, summary);
  for (const std::string& note :
       {fmt::format("{:.0f} {}/s", rate(), unit_), fmt::format("{:.1f} s", seconds())}) {
    const bool fits = std::ssize(line) + 2 + std::ssize(note) < terminal_columns();
    if (fits || !moving_) line += "  " + note;
  }
  print_now(fmt::format("{}{}\n", moving_ ? kLineAnew : "", line));
}

}  // namespace reel::inline REEL_PRECISION

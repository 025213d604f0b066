// Puts the data of a trace into the page, and writes it to a file.
#include <reel/core/inspect/page/page.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/page/detail/page_data.h>
#include <reel/core/inspect/page/detail/page_files.h>
#include <reel/core/io/file.h>
#include <reel/core/text/detail/escape.h>
#include <reel/core/text/detail/printable.h>
#include <reel/core/text/language.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kMaxPage = Index{64} << 20;  // bytes: more makes a browser slow

// Before the work, and before there is a page that could not be put in its place.
void check_path(const std::string& path) {
  if (path.empty()) throw IoError("write_page: the path is empty, the name of a file is wanted");
  check_writable(path);
}

void check_page_size(Index bytes, Index max_elements) {
  if (bytes <= kMaxPage) return;
  throw Error(fmt::format(
      "write_page: the page would have {} MiB, {} at most are wanted; it shows tensors of up to "
      "{} elements whole and crops larger ones: give a smaller max_elements, which in the terminal is "
      "html FILE max_elements",
      (bytes + (Index{1} << 20) - 1) >> 20, kMaxPage >> 20, max_elements));
}

// The template with what belongs in the place of its markers.
std::vector<std::string_view> page_pieces(std::string_view title, std::string_view data) {
  constexpr std::string_view kMarker = "<!--REEL_", kEnd = "-->";
  const PageFiles& files = page_files();
  std::vector<std::string_view> pieces;
  std::string_view rest = files.html;
  for (std::size_t at; (at = rest.find(kMarker)) != std::string_view::npos;) {
    pieces.push_back(rest.substr(0, at));
    rest.remove_prefix(at + kMarker.size());
    const std::string_view marker = rest.substr(0, rest.find(kEnd));
    rest.remove_prefix(marker.size() + kEnd.size());
    if (marker == "TITLE") pieces.push_back(title);
    if (marker == "STYLE") pieces.insert(pieces.end(), {files.theme, files.style});
    if (marker == "DATA") pieces.push_back(data);
    if (marker == "SCRIPT") pieces.insert(pieces.end(), files.scripts.begin(), files.scripts.end());
  }
  pieces.push_back(rest);
  return pieces;
}

// As the page knows it: "zh" of "zh-CN".
std::string_view known_language(std::string_view tag) {
  if (const std::optional<Language> language = language_of(tag)) return language_tag(*language);
  throw Error(fmt::format("write_page: language is \"{}\", \"en\" or \"zh\" is wanted", tag));
}

// Gives the pieces of the page, one after another, to `use`.
template <class Use>
void with_page(const Trace& trace, PageOptions options, Use&& use) {
  if (options.max_elements < 1) {
    throw Error(fmt::format("write_page: max_elements is {}, 1 or more is wanted", options.max_elements));
  }
  if (!options.language.empty()) options.language = known_language(options.language);
  check_page_size(page_data_size(trace, options.max_elements), options.max_elements);
  if (options.title.empty()) {
    const TraceNode& loss = trace.nodes()[trace.loss()];
    options.title = fmt::format("{} ({})", loss.name, loss.where.text());
  }
  options.title = printable(options.title);
  for (PageTranslation& one : options.translations) {
    one.language = known_language(one.language);
    one.title = one.title.empty() ? options.title : printable(one.title);
  }
  const std::string title = escape_html(options.title);
  // Names are a user's, and must not end the element that the data stands in.
  const std::string data = escaped(page_data(trace, options).text(), {{'<', "\\u003c"}});
  const std::vector<std::string_view> pieces = page_pieces(title, data);
  Index size = 0;
  for (const std::string_view piece : pieces) size += std::ssize(piece);
  check_page_size(size, options.max_elements);
  use(pieces);
}

void write_traced(const Trace& trace, const std::string& path, PageOptions options) {
  with_page(trace, std::move(options), [&](const auto& pieces) { write_atomically(path, pieces); });
}

}  // namespace

void write_page(const Tape& tape, Operand loss, const std::string& path, PageOptions options) {
  check_path(path);
  write_traced(Trace(tape, loss), path, std::move(options));
}

void write_page(const Trace& trace, const std::string& path, PageOptions options) {
  check_path(path);
  write_traced(trace, path, std::move(options));
}

std::string page_text(const Trace& trace, PageOptions options) {
  std::string text;
  with_page(trace, std::move(options), [&](const auto& pieces) {
    for (const std::string_view piece : pieces) text += piece;
  });
  return text;
}

}  // namespace reel::inline REEL_PRECISION::inspect

// By hand, where there are packages: what is written and read back here is a few lines of RFC 4180.
#include <reel/core/run/csv_log.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/run/detail/record_file.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

std::string cell_of(const std::string& name) {
  if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
  std::string cell = "\"";
  for (const char c : name) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  return fmt::format("{}\n", fmt::join(cells, ","));
}

std::string cell_of(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

// A line of a file and what is in its cells.
struct Record {
  std::string_view text;  // with its end
  std::vector<std::string> cells;
};

// The first record of what is left, none where its end is missing: a kill may have cut it.
std::optional<Record> first_record(std::string_view rest) {
  Record record{{}, {""}};
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); i++) {
    const char c = rest[i];
    if (c == '"' && quoted && rest.substr(i + 1, 1) == "\"") {
      record.cells.back() += rest[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted || (c != ',' && c != '\r' && c != '\n')) {
      record.cells.back() += c;
    } else if (c == ',') {
      record.cells.emplace_back();
    } else if (c == '\n') {
      record.text = rest.substr(0, i + 1);
      return record;
    }
  }
  return std::nullopt;
}

// What a run that goes on after `step` steps leaves of a table, and its columns: of one whose line of names a kill has
// cut, neither.
std::string rows_until(Index step, const std::string& content, const std::string& path,
                       std::vector<std::string>& columns) {
  std::string kept;
  std::string_view rest = content;
  while (const std::optional<Record> record = first_record(rest)) {
    rest.remove_prefix(record->text.size());
    if (columns.empty()) {
      columns = record->cells;
      if (columns[0] != "step") break;
    } else if (parsed<Index>(record->cells[0]).value_or(0) > step) {
      continue;
    }
    kept += record->text;
  }
  const bool is_cut = columns.empty() && std::string_view("step,").starts_with(content.substr(0, 5)) &&
                      content.find('\n') == std::string::npos;  // no row can be lost
  if (!is_cut && (columns.empty() || columns[0] != "step")) {
    throw FormatError(
        fmt::format("{}: its first line has no column \"step\", so it is no table of a run that could "
                    "be gone on with; give another path",
                    path));
  }
  return kept;
}

}  // namespace

CsvLog::CsvLog(const std::string& path, MetricsOptions options, Location where)
    : MetricsWriter("CsvLog", where) {
  check().count("after_step", options.after_step, 0);
  RecordFile::Filter filter;
  if (options.after_step > 0) {
    filter = [&](const std::string& content) {
      return rows_until(options.after_step, content, path, columns_);
    };
  }
  file_ = std::make_unique<RecordFile>(path, filter, std::move(options.warn));
}

CsvLog::~CsvLog() = default;

const std::string& CsvLog::failure() const { return file_->failure(); }

void CsvLog::put(std::int64_t step, const Metrics& metrics) {
  std::string lines;
  std::vector<std::string> columns = columns_;
  if (columns.empty()) {
    columns.emplace_back("step");
    for (const auto& [name, value] : metrics) columns.push_back(name);
    std::vector<std::string> names;
    for (const std::string& column : columns) names.push_back(cell_of(column));
    lines = line_of(names);
  }
  std::vector<std::string> row(columns.size());
  row[0] = fmt::format("{}", step);
  for (const auto& [name, value] : metrics) {
    const auto column = std::ranges::find(columns, name);
    check().require(
        column != columns.end(),
        "\"{}\" is no column of {}, whose first line has {}; give all names at the first step, or write "
        "this one to a file of its own",
        name, file_->path(), fmt::join(columns, ", "));
    row[static_cast<std::size_t>(column - columns.begin())] = cell_of(value);
  }
  file_->append(lines + line_of(row));
  columns_ = std::move(columns);
}

}  // namespace reel::inline REEL_PRECISION

// Lines are written as nlohmann's library has them.
#include <reel/core/run/json_lines.h>

#include <sstream>

#include <nlohmann/json.hpp>

#include <reel/core/run/detail/record_file.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Whether a run that goes on after `step` steps leaves the line as it is: a kill may have cut it, the steps
// after its checkpoint are done again, and so is its end.
bool stays(const std::string& line, Index step) {
  const auto row = nlohmann::json::parse(line, nullptr, false);
  if (!row.is_object()) return false;
  const auto its_step = row.find("step");
  const bool later =
      its_step != row.end() && its_step->is_number() && its_step->get<double>() > static_cast<double>(step);
  const bool end = row.contains("kind") && row["kind"] == "end";
  return !later && !end;
}

RecordFile::Filter lines_until(Index step) {
  if (step == 0) return {};
  return [step](const std::string& content) {
    std::istringstream lines(content);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      if (stays(line, step)) kept += line + "\n";
    }
    return kept;
  };
}

}  // namespace

JsonLines::JsonLines(const std::string& path, MetricsOptions options, Location where)
    : MetricsWriter("JsonLines", where) {
  check().count("after_step", options.after_step, 0);
  file_ = std::make_unique<RecordFile>(path, lines_until(options.after_step), std::move(options.warn));
}

JsonLines::~JsonLines() = default;

void JsonLines::write_line(std::string_view object) {
  check().require(object.find('\n') == std::string_view::npos,
                  "a line has a line break in it; write the object in one");
  file_->append(std::string(object) + "\n");
}

const std::string& JsonLines::failure() const { return file_->failure(); }

void JsonLines::put(std::int64_t step, const Metrics& metrics) {
  nlohmann::ordered_json row{{"step", step}};
  for (const auto& [name, value] : metrics) row[name] = value;
  write_line(row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));  // a name may be no UTF-8
}

}  // namespace reel::inline REEL_PRECISION

#include "common/output_files.h"

#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <reel/core/io/file.h>

#include "common/program.h"

namespace reel::apps {
namespace {

namespace fs = std::filesystem;

// Hard links have different paths; what does not exist yet has nothing but its path.
bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return canonical_path(a) == canonical_path(b) || fs::equivalent(a, b, ignored);
}

std::string flag_and_path(const NamedPath& file) {
  return file.path.empty() ? file.name : fmt::format("{} {}", file.name, file.path.string());
}

// The standard stream that goes to the file, if one does. A terminal and a pipe take everything that is
// written to them; a file's lines would be written over.
std::string_view stream_that_goes_to(const fs::path& path) {
  using Stream = std::pair<const char*, std::string_view>;
  std::error_code ignored;
  for (const auto& [stream, name] :
       {Stream{"/dev/fd/1", "standard output"}, Stream{"/dev/fd/2", "standard error"}}) {
    if (fs::is_regular_file(stream, ignored) && same_file(path, stream)) return name;
  }
  return {};
}

}  // namespace

fs::path canonical_path(const fs::path& path) {
  const fs::path named = path.filename().empty() ? path.parent_path() : path;  // "run/" is "run"
  std::error_code error;
  const fs::path absolute = fs::absolute(end_of_links(named), error);
  const fs::path whole = fs::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : whole;
}

void check_distinct(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs) {
  for (std::size_t i = 0; i < outputs.size(); i++) {
    if (outputs[i].path.empty()) continue;
    if (const std::string_view stream = stream_that_goes_to(outputs[i].path); !stream.empty()) {
      throw UsageError(fmt::format("{} is the file that {} goes to; give it one of its own",
                                   flag_and_path(outputs[i]), stream));
    }
    for (std::size_t k = 0; k < i; k++) {
      if (!outputs[k].path.empty() && same_file(outputs[i].path, outputs[k].path)) {
        throw UsageError(fmt::format("{} and {} are one file; give each its own", flag_and_path(outputs[k]),
                                     flag_and_path(outputs[i])));
      }
    }
    for (const NamedPath& input : inputs) {
      if (!input.path.empty() && same_file(outputs[i].path, input.path)) {
        throw UsageError(fmt::format("{} would be written over {}, which is read; give another file",
                                     flag_and_path(outputs[i]), flag_and_path(input)));
      }
    }
  }
}

}  // namespace reel::apps

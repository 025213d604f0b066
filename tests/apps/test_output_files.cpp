#include "common/output_files.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/program.h"
#include "compare_support.h"
#include "support.h"

using namespace reel_test;
using namespace reel::apps;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::vector<NamedPath>& outputs, const std::vector<NamedPath>& inputs = {}) {
  return error_of<UsageError>([&] { check_distinct(outputs, inputs); });
}

}  // namespace

TEST_CASE("Two outputs that are one file are refused, whatever their paths say") {
  const TempDir folder;
  const fs::path file = folder.path() / "file", link = folder.path() / "link", hard = folder.path() / "hard",
                 absent = folder.path() / "absent", to_absent = folder.path() / "to_absent",
                 sub = folder.path() / "sub", folder_link = folder.path() / "folder_link";
  write_file(file, "content");
  fs::create_symlink("file", link);
  fs::create_hard_link(file, hard);
  fs::create_symlink("absent", to_absent);
  fs::create_directory(sub);
  fs::create_directory_symlink("sub", folder_link);
  using Pair = std::pair<fs::path, fs::path>;
  for (const Pair& pair : {Pair{file, file},
                           {file, link},
                           {link, hard},
                           {absent, to_absent},
                           {absent, sub / "../absent"},
                           {sub / "new", folder_link / "new"},
                           {sub, folder_link},
                           {sub, folder_link / ""},
                           {folder.path() / "new", folder.path() / "new/"}}) {
    const fs::path &a = pair.first, &b = pair.second;
    CAPTURE(a);
    CAPTURE(b);
    CHECK(refusal({{"--save", a}, {"--report", b}}) ==
          "--save " + a.string() + " and --report " + b.string() + " are one file; give each its own");
    CHECK(refusal({{"--save", a}}, {{"--load", b}}) == "--save " + a.string() +
                                                           " would be written over --load " + b.string() +
                                                           ", which is read; give another file");
  }
}

TEST_CASE("Files that are several are not refused, nor are those that are not given") {
  const TempDir folder;
  write_file(folder.path() / "a", "content");
  write_file(folder.path() / "b", "content");
  fs::create_symlink("loop", folder.path() / "loop");
  check_distinct({{"--save", folder.path() / "a"}, {"--report", folder.path() / "b"}, {"--metrics", ""}},
                 {{"--load", ""}, {"the data file", folder.path() / "loop"}});
}

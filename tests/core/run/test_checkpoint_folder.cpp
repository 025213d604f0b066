#include <reel/core/run/checkpoint_folder.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
using reel::CheckpointFolder;
namespace fs = std::filesystem;

namespace {

// A part of a checkpoint: one number.
struct Number : Stateful {
  std::int64_t value = 0;
  State state() const override {
    State state;
    state.integers["value"] = value;
    return state;
  }
  std::function<void()> prepare_load(const State& state) override {
    return [this, read = state.integers.at("value")] { value = read; };
  }
};

struct FolderRun {
  FolderRun(const fs::path& path, Index keep) : folder(path.string(), {.keep = keep}) {}
  void save(std::int64_t step) {
    number.value = step;
    folder.save(step, parts);
  }
  std::int64_t resume() {
    folder.load_latest(parts);
    return number.value;
  }

  CheckpointFolder folder;
  Number number;
  std::vector<CheckpointPart> parts{{"number", &number}};
};

std::vector<std::string> files_of_folder(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".lock") names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string name_of(int step) { return fmt::format("step-{:08}.safetensors", step); }

std::int64_t saved_number(const fs::path& path) {
  return read_checkpoint(path.string()).parts.at("number").integers.at("value");
}

void damage(const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }

}  // namespace

TEST_CASE("The latest few checkpoints stay") {
  const TempDir folder;
  FolderRun run(folder.path(), 2);
  CHECK(run.folder.empty());
  for (const int step : {1, 2, 3}) run.save(step);
  CHECK_FALSE(run.folder.empty());
  CHECK(files_of_folder(folder.path()) == std::vector{name_of(2), name_of(3)});
  CHECK(run.folder.latest() == (folder.path() / name_of(3)).string());
}

TEST_CASE("A checkpoint of an earlier step than those that are there stays, and so do they") {
  const TempDir folder;
  FolderRun run(folder.path(), 1);
  for (const int step : {9, 3, 4}) run.save(step);
  CHECK(files_of_folder(folder.path()) == std::vector{name_of(4), name_of(9)});
}

TEST_CASE("Damaged checkpoints of later steps cost neither what was resumed from nor what is written") {
  const TempDir folder;
  {
    FolderRun run(folder.path(), 9);
    for (const int step : {3, 4, 7, 8, 9}) run.save(step);
    for (const int step : {7, 8, 9}) damage(folder.path() / name_of(step));
  }
  FolderRun run(folder.path(), 2);
  CHECK(run.resume() == 4);
  CHECK(run.folder.latest() == (folder.path() / name_of(4)).string());
  run.save(5);
  run.save(6);
  CHECK(files_of_folder(folder.path()) ==
        std::vector{name_of(4), name_of(5), name_of(6), name_of(7), name_of(8), name_of(9)});
  for (const int step : {7, 8, 9}) run.save(step);  // which are whole now
  CHECK(files_of_folder(folder.path()) == std::vector{name_of(4), name_of(8), name_of(9)});
}

TEST_CASE("Damaged checkpoints that the run has passed at other steps do not count as kept") {
  const TempDir folder;
  {
    FolderRun run(folder.path(), 9);
    for (const int step : {4, 8, 9}) run.save(step);
    for (const int step : {8, 9}) damage(folder.path() / name_of(step));
  }
  FolderRun run(folder.path(), 2);
  CHECK(run.resume() == 4);
  for (const int step : {5, 10}) run.save(step);
  CHECK(files_of_folder(folder.path()) ==
        std::vector{name_of(4), name_of(5), name_of(8), name_of(9), name_of(10)});
  run.save(15);
  CHECK(files_of_folder(folder.path()) == std::vector{name_of(4), name_of(10), name_of(15)});
}

TEST_CASE("Files that are not the folder's own stay, whatever they are called") {
  const TempDir folder;
  const std::vector<std::string> others{"net.safetensors", "step-1.safetensors",
                                        "step-00000001.safetensors.bak", "step-0000000001.safetensors",
                                        "worst.safetensors"};
  for (const std::string& name : others) {
    write_file(folder.path() / name, "of others");
    CHECK_FALSE(CheckpointFolder::owns(name));
  }
  fs::create_directory(folder.path() / name_of(2));
  FolderRun run(folder.path(), 1);
  CHECK(run.folder.empty());
  for (const int step : {5, 6, 7}) run.save(step);
  CHECK(files_of_folder(folder.path()).size() == others.size() + 2);
  CHECK(fs::exists(folder.path() / name_of(7)));
}

TEST_CASE("Where the best alone is left it is what there is, and is not replaced by a damaged one") {
  const TempDir folder;
  {
    FolderRun run(folder.path(), 1);
    run.number.value = 12;
    run.folder.save_best(run.parts);
  }
  CHECK(files_of_folder(folder.path()) == std::vector<std::string>{"best.safetensors"});
  FolderRun run(folder.path(), 1);
  CHECK_FALSE(run.folder.empty());
  CHECK(run.folder.best()->parts.at("number").integers.at("value") == 12);
  CHECK(run.resume() == 12);
  fs::create_directory(folder.path() / "best.safetensors.new");  // where the next one would be written
  run.number.value = 13;
  run.folder.save_best(run.parts);
  CHECK(run.folder.best()->parts.at("number").integers.at("value") == 12);
}

TEST_CASE(
    "A checkpoint that cannot be written costs none of those before, and is told until the next one is "
    "there") {
  const TempDir folder;
  FolderRun run(folder.path(), 1);
  run.save(1);
  CHECK(run.folder.failure().empty());
  fs::create_directory(folder.path() / name_of(2));
  run.save(2);
  CHECK(run.folder.latest() == (folder.path() / name_of(1)).string());
  CHECK(fs::exists(folder.path() / name_of(1)));
  CHECK(run.folder.failure() ==
        "cannot replace " + (folder.path() / name_of(2)).string() + ": Is a directory");
  run.save(3);
  CHECK(run.folder.failure().empty());
}

TEST_CASE("A best that is missing is told, whatever is saved after it") {
  const TempDir folder;
  FolderRun run(folder.path(), 1);
  fs::create_directory(folder.path() / "best.safetensors");
  run.folder.save_best(run.parts);
  run.save(1);
  CHECK(contains(run.folder.failure(), "best.safetensors: Is a directory"));
  fs::remove(folder.path() / "best.safetensors");
  run.folder.save_best(run.parts);
  CHECK(run.folder.failure().empty());
}

TEST_CASE("A checkpoint that cannot be read back does not replace that of the same step, nor the best") {
  const TempDir folder;
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    FolderRun run(folder.path(), 1);
    run.save(1);
    run.folder.save_best(run.parts);
    ::umask(0444);  // new files cannot be read
    run.number.value = 13;
    run.folder.save(1, run.parts);
    run.folder.save_best(run.parts);
  });
  CHECK(status == 0);
  CHECK(saved_number(folder.path() / name_of(1)) == 1);
  CHECK(saved_number(folder.path() / "best.safetensors") == 1);
  CHECK(files_of_folder(folder.path()) == std::vector<std::string>{"best.safetensors", name_of(1)});
}

TEST_CASE("What a run was killed in the middle of is removed by the next one") {
  const TempDir folder;
  const std::vector<std::string> unfinished{"best.safetensors.new", "step-00000004.safetensors.new"},
      others{"net.safetensors.new", "step-4.safetensors.new"};
  for (const std::string& name : unfinished) {
    write_file(folder.path() / name, "half");
    CHECK(CheckpointFolder::owns(name));
  }
  for (const std::string& name : others) write_file(folder.path() / name, "of others");
  const FolderRun run(folder.path(), 1);
  CHECK(files_of_folder(folder.path()) == others);
}

TEST_CASE("A link best.safetensors stays, and leads to the best") {
  const TempDir folder, elsewhere;
  const fs::path link = folder.path() / "best.safetensors", target = elsewhere.path() / "of_this_run";
  fs::create_symlink(target, link);
  write_file(elsewhere.path() / "of_this_run.new", "half");
  FolderRun run(folder.path(), 1);
  CHECK(files_of_folder(elsewhere.path()).empty());
  for (const std::int64_t value : {12, 13}) {
    run.number.value = value;
    run.folder.save_best(run.parts);
    CHECK(fs::is_symlink(link));
    CHECK(saved_number(target) == value);
  }
  CHECK(files_of_folder(elsewhere.path()) == std::vector<std::string>{"of_this_run"});
}

TEST_CASE("A folder that cannot be listed any more is an IoError, and no end of a training") {
  const TempDir folder;
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    FolderRun run(folder.path(), 1);
    run.save(1);
    fs::permissions(folder.path(), fs::perms::owner_write | fs::perms::owner_exec);
    run.save(2);
    if (error_of<IoError>([&] { run.folder.empty(); }).find("cannot read") == std::string::npos) ::_exit(1);
    if (error_of<IoError>([&] { run.resume(); }).find("cannot read") == std::string::npos) ::_exit(2);
    fs::permissions(folder.path(), fs::perms::owner_all);
  });
  CHECK(status == 0);
  CHECK(files_of_folder(folder.path()) == std::vector{name_of(1), name_of(2)});
}

TEST_CASE("A folder of checkpoints may be a link, and is in use then by whatever name it is given") {
  const TempDir folder;
  const fs::path link = folder.path() / "link", run_folder = folder.path() / "run";
  fs::create_directory(run_folder);
  fs::create_directory_symlink(run_folder, link);
  FolderRun run(link, 1);
  run.save(1);
  CHECK(saved_number(run_folder / name_of(1)) == 1);
  CHECK(contains(error_of<Error>([&] { CheckpointFolder second(run_folder.string()); }),
                 "run is in use by process "));
}

TEST_CASE("A folder that cannot be made, or in which nothing can be written, is an IoError") {
  const TempDir folder;
  write_file(folder.path() / "file", "");
  fs::create_symlink("nowhere", folder.path() / "link");
  for (const char* name : {"file", "file/run", "link"}) {
    const std::string path = folder.path() / name;
    const std::string message = error_of<IoError>([&] { CheckpointFolder run(path); });
    CHECK(contains(message, fmt::format("cannot make the folder {}", path)));
  }
  give_to_child(folder.path());
  const int status = status_of_child([&] {
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto open = [&] { CheckpointFolder run(folder.path().string()); };
    if (!contains(error_of<IoError>(open), ".lock: Permission denied")) ::_exit(1);
    fs::permissions(folder.path(), fs::perms::owner_all);
  });
  CHECK(status == 0);
}

TEST_CASE("A checkpoint of no number, and a folder that keeps none, are errors") {
  const TempDir folder;
  CHECK(contains(error_of<Error>([&] { CheckpointFolder(folder.path().string(), {.keep = 0}); }),
                 "CheckpointFolder (test_checkpoint_folder.cpp:"));
  FolderRun run(folder.path(), 1);
  CHECK(contains(error_of<Error>([&] { run.save(-1); }), "step is -1, it must be 0 or more"));
  CHECK(files_of_folder(folder.path()).empty());
}

TEST_CASE("Warnings of a folder go where the program says, and may end it") {
  const TempDir folder;
  std::vector<std::string> warnings;
  const auto keep = [&](const std::string& warning) { warnings.push_back(warning); };
  const auto ends = [](const std::string& warning) { throw Error(warning); };
  Number number;
  const fs::path path = folder.path() / name_of(2);
  fs::create_directory(path);
  const std::string why = fmt::format("no checkpoint: cannot replace {}: Is a directory", path.string());
  CheckpointFolder(folder.path().string(), {.warn = keep}).save(2, {{"number", &number}});
  CHECK(warnings == std::vector{why});
  CheckpointFolder strict(folder.path().string(), {.warn = ends});
  CHECK(error_of<Error>([&] { strict.save(2, {{"number", &number}}); }) == why);
  CHECK(contains(strict.failure(), "Is a directory"));
}

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/datasets/cifar.h>

#include "close.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
namespace fs = std::filesystem;

namespace {

// A record of CIFAR: its label bytes, then pixel j as (first + j) mod 251.
std::string record(const std::string& labels, int first) {
  std::string bytes = labels;
  for (int j = 0; j < 3072; j++) bytes += static_cast<char>((first + j) % 251);
  return bytes;
}

// Batch b has b records of label b; the test batch one of label 9.
void write_cifar10(const fs::path& folder) {
  for (int b = 1; b <= 5; b++) {
    std::string bytes;
    for (int i = 0; i < b; i++) bytes += record(std::string(1, static_cast<char>(b)), 10 * b + i);
    write_file(folder / fmt::format("data_batch_{}.bin", b), bytes);
  }
  write_file(folder / "test_batch.bin", record("\x09", 0));
}

void write_cifar100(const fs::path& folder) {
  write_file(folder / "train.bin", record("\x13\x63", 1) + record("\x02\x05", 2));
  write_file(folder / "test.bin", record("\x01\x07", 3));
}

template <class E, class Set>
std::string refusal(const fs::path& root, Split split = Split::kTrain) {
  try {
    Set set(root, split);
  } catch (const E& error) {
    return error.what();
  }
  return "no such error";
}

void check_mentions(const std::string& message, const std::vector<std::string>& words) {
  CAPTURE(message);
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(message.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("Cifar10 reads the batches one after another, pixels as byte / 255") {
  for (const char* folder : {"", "cifar-10-batches-bin"}) {
    const TempDir root;
    CHECK_FALSE(Cifar10::available(root.path()));
    write_cifar10(root.path() / folder);
    CHECK(Cifar10::available(root.path()));
    const Cifar10 train(root.path()), test(root.path(), Split::kTest);
    REQUIRE(train.size() == 15);
    CHECK(train.sample_shape() == Shape{3, 32, 32});
    const std::array<int, 15> labels{1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5};
    for (int i = 0; i < 15; i++) CHECK(train.label(i) == labels[static_cast<std::size_t>(i)]);
    CHECK(test.size() == 1);
    CHECK(test.label(0) == 9);
    std::vector<Scalar> pixels(3072);
    train.read(4, pixels);  // the second record of batch 3
    CHECK(pixels[0] == Scalar(31) / 255);
    CHECK(pixels[3071] == static_cast<Scalar>((31 + 3071) % 251) / 255);
    CHECK(train.class_names()[6] == "frog");
  }
}

TEST_CASE("Cifar10 can leave batches out") {
  const TempDir root;
  write_cifar10(root.path());
  const Cifar10 train(root.path(), Split::kTrain, {.batches = {4, 2}});
  REQUIRE(train.size() == 6);
  CHECK(train.label(3) == 4);
  CHECK(train.label(4) == 2);
  using Batches = std::vector<int>;
  for (const Batches& wrong : {Batches{}, Batches{0}, Batches{6}, Batches{1, 1}}) {
    CHECK_THROWS_AS(Cifar10(root.path(), Split::kTrain, {.batches = wrong}), Error);
  }
}

TEST_CASE("Cifar100 has fine and coarse labels") {
  for (const char* folder : {"", "cifar-100-binary"}) {
    const TempDir root;
    CHECK_FALSE(Cifar100::available(root.path()));
    write_cifar100(root.path() / folder);
    CHECK(Cifar100::available(root.path()));
    const Cifar100 fine(root.path()), coarse(root.path(), Split::kTrain, Cifar100Labels::kCoarse);
    REQUIRE(fine.size() == 2);
    CHECK(fine.label(0) == 99);
    CHECK(fine.class_names()[99] == "worm");
    CHECK(coarse.label(0) == 19);
    CHECK(coarse.class_names()[19] == "vehicles_2");
    CHECK(fine.coarse_label(1) == 2);
    CHECK(coarse.fine_label(1) == 5);
    std::vector<Scalar> pixels(3072);
    fine.read(1, pixels);
    CHECK(pixels[0] == Scalar(2) / 255);
  }
  CHECK(Cifar100::fine_class_names().size() == 100);
  CHECK(Cifar100::coarse_class_names().size() == 20);
  const auto& names = Cifar100::fine_class_names();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == 100);
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("Cifar refuses images that are not there and buffers that do not fit") {
  const TempDir root;
  write_cifar10(root.path());
  const Cifar10 train(root.path());
  std::vector<Scalar> pixels(3072), few(3071);
  CHECK_THROWS_WITH_AS(train.read(15, pixels), doctest::Contains("images 0 to 14"), Error);
  CHECK_THROWS_AS(train.label(-1), Error);
  CHECK_THROWS_WITH_AS(train.read(0, few), doctest::Contains("3072"), ShapeError);
}

TEST_CASE("Files of CIFAR that are wrong are refused by name") {
  const TempDir root;
  write_cifar10(root.path());
  const fs::path file = root.path() / "data_batch_2.bin";
  const auto with = [&](const std::string& bytes) {
    write_file(file, bytes);
    return refusal<FormatError, Cifar10>(root.path());
  };
  const std::string one = record("\x03", 0);
  check_mentions(with(one + one.substr(0, 3000)),
                 {"data_batch_2.bin", "1 records", "3000 bytes more", "fetch"});
  check_mentions(with(one + "xy"), {"data_batch_2.bin", "2 bytes more"});
  check_mentions(with(""), {"data_batch_2.bin", "empty"});
  check_mentions(with(one + record("\x0a", 0)), {"data_batch_2.bin", "image 1", "label 10", "0 to 9"});
  check_mentions(with(record("\x02\x05", 0)), {"data_batch_2.bin", "CIFAR-100"});
  check_mentions(with("<!DOCTYPE html>"), {"data_batch_2.bin: this is a web page"});
  check_mentions(with("version https://git-lfs.github.com/spec/v1\noid"), {"this is a pointer of Git LFS"});
  check_mentions(with(one), {"no such error"});

  const TempDir hundred;
  write_cifar100(hundred.path());
  write_file(hundred.path() / "train.bin", one);
  check_mentions(refusal<FormatError, Cifar100>(hundred.path()), {"train.bin", "CIFAR-10"});
  write_file(hundred.path() / "train.bin", record("\x14\x05", 0));
  check_mentions(refusal<FormatError, Cifar100>(hundred.path()), {"label 20", "0 to 19"});
  write_file(hundred.path() / "train.bin", record("\x13\x64", 0));
  check_mentions(refusal<FormatError, Cifar100>(hundred.path()), {"label 100", "0 to 99"});
}

TEST_CASE("CIFAR is read from one of its two places, the one with all files") {
  const TempDir root;
  const fs::path own = root.path() / "cifar-10-batches-bin";
  write_cifar10(own);
  const std::uint32_t checksum = Cifar10(root.path()).checksum();
  write_cifar10(root.path());
  write_file(root.path() / "test_batch.bin", record("\x05", 1));
  fs::remove(own / "test_batch.bin");
  CHECK(Cifar10(root.path()).files().front() == root.path() / "data_batch_1.bin");
  CHECK(Cifar10(root.path()).checksum() == checksum);
  fs::remove(root.path() / "data_batch_1.bin");
  CHECK(Cifar10::available(root.path()));
  check_mentions(refusal<IoError, Cifar10>(root.path(), Split::kTest),
                 {"test_batch.bin is not found in " + own.string(), "DATASET=cifar10"});
}

TEST_CASE("CIFAR in a folder that may not be looked into is no absent one") {
  const TempDir root;
  const fs::path own = root.path() / "cifar-10-batches-bin";
  write_cifar10(own);
  fs::permissions(root.path(), fs::perms::all);
  fs::permissions(own, fs::perms::none);
  const int status = status_of_child([&] {
    const std::string message = refusal<IoError, Cifar10>(root.path());
    _exit(message.find("data_batch_1.bin cannot be looked at: Permission denied") != std::string::npos ? 7
                                                                                                       : 1);
  });
  fs::permissions(own, fs::perms::owner_all);
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("CIFAR whose folder is a file, or a link that leads nowhere, is no absent one") {
  const TempDir root;
  const fs::path own = root.path() / "cifar-10-batches-bin";
  write_file(own, "no folder");
  CHECK(Cifar10::available(root.path()));
  check_mentions(refusal<IoError, Cifar10>(root.path()),
                 {own.string() + " is a file, the folder of the data files is expected"});
  fs::remove(own);
  fs::create_symlink("/no/such/disk", own);
  CHECK(Cifar10::available(root.path()));
  check_mentions(refusal<IoError, Cifar10>(root.path()), {own.string() + " is a link that leads nowhere"});
  CHECK_FALSE(Cifar100::available(root.path()));
  write_cifar10(root.path());
  CHECK(Cifar10(root.path()).size() == 15);
}

TEST_CASE("A file of CIFAR that is far too large is refused before it is read") {
  const TempDir root;
  write_cifar10(root.path());
  std::error_code cannot;  // a file with a hole costs nothing, where the file system knows holes
  fs::resize_file(root.path() / "data_batch_2.bin", 3073ull << 25, cannot);
  if (cannot) return;
  check_mentions(refusal<FormatError, Cifar10>(root.path()),
                 {"data_batch_2.bin", "it has 103112769536 bytes, more than 50000 images take"});
}

TEST_CASE("Where CIFAR is missing the message says how to get it") {
  const TempDir root;
  check_mentions(refusal<IoError, Cifar10>(root.path()),
                 {"data_batch_1.bin", "cifar-10-batches-bin", "DATASET=cifar10", root.path().string()});
  check_mentions(refusal<IoError, Cifar100>(root.path()), {"train.bin", "DATASET=cifar100"});
  const fs::path archive = root.path() / "cifar-10-binary.tar.gz";
  write_file(archive, "packed");
  check_mentions(refusal<IoError, Cifar10>(root.path()), {"not unpacked", "tar -xzf " + archive.string()});
  check_mentions(refusal<IoError, Cifar10>(archive),
                 {"is a file", "tar -xzf " + archive.string(), "cifar-10-batches-bin"});

  const TempDir part;
  write_cifar10(part.path());
  fs::remove(part.path() / "data_batch_3.bin");
  const std::string message = refusal<IoError, Cifar10>(part.path());
  check_mentions(message, {"data_batch_3.bin is not found"});
  CHECK(message.find("data_batch_1") == std::string::npos);

  const TempDir root_with_quotes;
  const fs::path odd = root_with_quotes.path() / "it's $HOME";
  fs::create_directory(odd);
  check_mentions(refusal<IoError, Cifar10>(odd),
                 {"DIR='" + root_with_quotes.path().string() + "/it'\\''s $HOME'"});

  const TempDir python;
  write_file(python.path() / "data_batch_1", "pickled");
  check_mentions(refusal<IoError, Cifar10>(python.path()), {"Python version", "DATASET=cifar10"});

  for (const char* folder : {"", "cifar-100-binary"}) {
    const TempDir other;
    write_cifar100(other.path() / folder);
    check_mentions(refusal<FormatError, Cifar10>(other.path()), {"holds CIFAR-100", "DATASET=cifar10"});
  }
}

TEST_CASE("The real CIFAR-10, where REEL_DATA has it") {
  const char* root = std::getenv("REEL_DATA");
  if (!root || !Cifar10::available(root)) {
    MESSAGE("left out: REEL_DATA leads to no CIFAR-10");
    return;
  }
  const Cifar10 train(root);
  REQUIRE(train.size() == 50000);
  std::array<double, 3> sum{};
  std::vector<Scalar> pixels(3072);
  for (Index i = 0; i < train.size(); i++) {
    train.read(i, pixels);
    for (std::size_t j = 0; j < pixels.size(); j++) sum[j / 1024] += static_cast<double>(pixels[j]);
  }
  CHECK_CLOSE(sum[0] / (50000. * 1024), 0.49139968, kPublishedTolerance);
  CHECK_CLOSE(sum[1] / (50000. * 1024), 0.48215841, kPublishedTolerance);
  CHECK_CLOSE(sum[2] / (50000. * 1024), 0.44653091, kPublishedTolerance);
}

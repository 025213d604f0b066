#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/idx.h>

#include "datasets/idx_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;

namespace {

// What read_idx says of a file with this content.
std::string refusal(const std::string& content, IdxKind kind = IdxKind::kImages) {
  const TempDir folder;
  const auto path = folder.path() / "data";
  write_file(path, content);
  try {
    read_idx(path, kind);
  } catch (const FormatError& error) {
    CHECK(std::string(error.what()).starts_with(path.string() + " "));
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("read_idx reads images and labels, plain and gzip, whatever the name") {
  const TempDir folder;
  const std::string images = idx_file({3, 2, 5}), labels = idx_file({7});
  write_file(folder.path() / "plain.gz", images);
  write_file(folder.path() / "packed", gzip(images));
  write_file(folder.path() / "labels", labels);
  for (const char* name : {"plain.gz", "packed"}) {
    const IdxArray array = read_idx(folder.path() / name, IdxKind::kImages);
    CHECK(array.sizes == std::vector<Index>{3, 2, 5});
    REQUIRE(array.bytes.size() == 30);
    CHECK(array.bytes[0] == 0);
    CHECK(array.bytes[29] == 29);
  }
  const IdxArray array = read_idx(folder.path() / "labels", IdxKind::kLabels);
  CHECK(array.sizes == std::vector<Index>{7});
  CHECK(array.bytes == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("read_idx reads files larger than its first buffer, and ones without samples") {
  const TempDir folder;
  const auto path = folder.path() / "data";
  for (const std::string& content : {idx_file({5000, 28, 28}), gzip(idx_file({5000, 28, 28}))}) {
    write_file(path, content);
    const IdxArray array = read_idx(path, IdxKind::kImages);
    REQUIRE(array.bytes.size() == 5000 * 784);
    bool same = true;
    for (std::size_t i = 0; i < array.bytes.size(); i++) same &= array.bytes[i] == i % 251;
    CHECK(same);
  }
  write_file(path, idx_file({0, 28, 28}));
  CHECK(read_idx(path, IdxKind::kImages).bytes.empty());
}

TEST_CASE("read_idx says what a file is that is no IDX file") {
  const std::string images = idx_file({2, 3, 3});
  CHECK(has(refusal(""), "is empty"));
  CHECK(has(refusal(gzip("")), "is empty"));
  CHECK(has(refusal(gzip(gzip(images))), "gzip inside gzip"));
  CHECK(has(refusal("<!DOCTYPE html><title>404</title>"), "is no IDX file but a web page"));
  CHECK(has(refusal("\n <html>not found"), "a web page"));
  CHECK(has(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"), "a pointer of Git LFS"));
  CHECK(has(refusal(gzip("\x93NUMPY\1")), "an .npy file"));
  CHECK(has(refusal("{\"message\": 404}"), "starts with 0x7b226d65, images start with 0x00000803"));
  CHECK(has(refusal(std::string("\x03\x08\0\0\0\0\0\1", 8)), "byte-swapped (magic number 0x03080000)"));
  CHECK(has(refusal("PK\x03\x04 and so on"), "a zip archive; unpack it"));
}

TEST_CASE("read_idx says which IDX file it is where another was expected") {
  CHECK(has(refusal(idx_file({9})),
            "holds labels (magic number 0x00000801), images (0x00000803) are expected"));
  CHECK(
      has(refusal(idx_file({2, 3, 3}), IdxKind::kLabels), "holds images (magic number 0x00000803), labels"));
  CHECK(has(refusal(idx_file({2, 3})), "has 2 dimensions, images have 3"));
  std::string floats = idx_file({2, 3, 3});
  floats[2] = '\x0d';
  CHECK(has(refusal(floats), "elements of type 0x0d, only unsigned bytes (0x08)"));
}

TEST_CASE("read_idx says where a file ends too early") {
  const std::string images = idx_file({5, 4, 4});  // 16 + 80 bytes
  CHECK(has(refusal(images.substr(0, 3)), "ends within its header: 3 bytes of 16"));
  CHECK(has(refusal(images.substr(0, 4)), "ends within its header: 4 bytes of 16"));
  CHECK(has(refusal(images.substr(0, 15)), "ends within its header: 15 bytes of 16"));
  CHECK(has(refusal(images.substr(0, 16)), "ends at image 0 of 5 (0 bytes of 80)"));
  CHECK(has(refusal(images.substr(0, 16 + 47)), "ends at image 2 of 5 (47 bytes of 80)"));
  CHECK(has(refusal(images.substr(0, 16 + 48)), "ends at image 3 of 5 (48 bytes of 80)"));
  CHECK(has(refusal(idx_file({9}).substr(0, 8 + 4), IdxKind::kLabels), "ends at label 4 of 9"));
}

TEST_CASE("read_idx refuses a damaged gzip stream") {
  std::string noise = idx_header({40, 28, 28});
  for (std::uint32_t i = 0, word = 1; i < 40 * 784; i++) {
    word = word * 1664525 + 1013904223;
    noise.push_back(static_cast<char>(word >> 24));
  }
  const std::string packed = gzip(noise);
  CHECK(has(refusal(packed.substr(0, packed.size() / 2)), "ends at image"));
  CHECK(has(refusal(packed.substr(0, packed.size() - 4)), "lacks the end of its gzip stream"));
  CHECK(has(refusal(packed.substr(0, 12)), "fetch it again"));
  std::string bad_checksum = packed;
  bad_checksum[packed.size() - 6] ^= 1;
  CHECK(has(refusal(bad_checksum), "damaged gzip file"));
  std::string bad_method = packed;
  bad_method[2] = 9;
  CHECK(has(refusal(bad_method), "damaged gzip file"));
}

TEST_CASE("read_idx reads the checksum of images too, which end with the packed bytes") {
  // The last one ends where the buffer has been doubled to.
  for (const std::uint32_t count : {1u, 100u, (1u << 20) / 64}) {
    const std::string packed = gzip(idx_header({count, 8, 8}) + std::string(count * 64, '\0'));
    CHECK(refusal(packed) == "no error");
    for (const std::size_t lacking : {1u, 4u, 8u}) {
      CHECK(has(refusal(packed.substr(0, packed.size() - lacking)), "lacks the end of its gzip stream"));
    }
  }
}

TEST_CASE("read_idx_sizes reads what the header says, and nothing of what it promises") {
  const TempDir folder;
  write_file(folder.path() / "data", idx_header({1u << 30, 28, 28}));
  CHECK(read_idx_sizes(folder.path() / "data", IdxKind::kImages) == std::vector<Index>{1 << 30, 28, 28});
  CHECK_THROWS_AS(read_idx_sizes(folder.path() / "data", IdxKind::kLabels), FormatError);
}

TEST_CASE("read_idx refuses bytes after the last image") {
  CHECK(has(refusal(idx_file({2, 3, 3}) + "x"), "goes on after the 18 bytes of its 2 images"));
  CHECK(
      has(refusal(gzip(idx_file({2}) + "x"), IdxKind::kLabels), "goes on after the 2 bytes of its 2 labels"));
}

TEST_CASE("read_idx refuses sizes that overflow, and allocates nothing for a lying header") {
  CHECK(has(refusal(idx_header({0xffffffff, 0xffffffff, 28})), "sizes [4294967295,4294967295,28] overflow"));
  // 2^60 bytes promised: an attempt to have them all would fail with another exception.
  CHECK(has(refusal(idx_header({1u << 30, 1u << 15, 1u << 15}) + "abc"), "ends at image 0 of 1073741824"));
}

TEST_CASE("read_idx says why a file cannot be read") {
  const TempDir folder;
  const auto message = [&](const std::filesystem::path& path) -> std::string {
    try {
      read_idx(path, IdxKind::kImages);
    } catch (const IoError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(has(message(folder.path() / "absent"), "absent: No such file"));
  CHECK(has(message(folder.path()), "it is a folder, a file is expected"));
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  CHECK(has(message(folder.path() / "loop"), "cannot read "));
  write_file(folder.path() / "locked", idx_file({1, 1, 1}));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::none);
  const int status = status_of_child([&] {
    if (has(message(folder.path() / "locked"), "locked: Permission denied")) _exit(7);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

#include <reel/core/io/detail/foreign_format.h>

#include <doctest/doctest.h>

#include <string>

using reel::foreign_format;

TEST_CASE("Files that are met in place of weights are named") {
  const auto names = [](const std::string& bytes, std::string_view words) {
    return foreign_format(bytes).find(words) != std::string_view::npos;
  };
  CHECK(names("", "an empty file"));
  CHECK(names("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"));
  CHECK(names("<!DOCTYPE html>", "web page"));
  CHECK(names("\r\n  <!doctype HTML>", "web page"));
  CHECK(names("<HTML lang=\"en\">", "web page"));
  CHECK(names("<!-- moved --><html>", "web page"));
  CHECK(names("<head><title>404</title>", "web page"));
  CHECK(names("<Error><Code>NoSuchKey</Code>", "web page"));
  CHECK(names("\xef\xbb\xbf\n<html>", "web page"));
  CHECK(names("<?xml version=\"1.0\"?><Error>", "XML"));
  CHECK(names("PK\3\4", "zip archive"));
  CHECK(names("\x80\2}q", "pickle"));
  CHECK(names("\x80\5\x95", "pickle"));
  CHECK(names("\x1f\x8b\x08", "gunzip"));
  CHECK(
      names("\xfd"
            "7zXZ",
            "unxz"));
  CHECK(names("BZh91AY", "bunzip2"));
  CHECK(names("\x28\xb5\x2f\xfd", "unzstd"));
  CHECK(names("\x89HDF\r\n", "HDF5"));
  CHECK(names("GGUF", "GGUF"));
  CHECK(names("\x93NUMPY", "read_npy()"));
  CHECK(names(std::string("\x40\0\0\0\0\0\0\0{\"", 10), "read_safetensors()"));
}

TEST_CASE("Any other file has no name") {
  for (const char* bytes : {"x", "a < b", "PK", "hello, world", "\x80", "\x1f"})
    CHECK(foreign_format(bytes).empty());
}

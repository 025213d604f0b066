#include <doctest/doctest.h>

#include <sys/stat.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <thread>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/memory.h>

#include "core/io/mutations.h"
#include "support.h"

using namespace reel;
using doctest::Contains;
using reel_test::TempDir;

namespace {

std::string length_bytes(std::uint64_t length) {
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(length & 0xFF);
    length >>= 8;
  }
  return bytes;
}
std::string file_of(const std::string& header, const std::string& data = "") {
  return length_bytes(header.size()) + header + data;
}
// One tensor "w" with the given description and data.
std::string tensor_file(const std::string& dtype, const std::string& shape, const std::string& offsets,
                        const std::string& data) {
  return file_of(
      R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}", data);
}
Safetensors parse(const std::string& bytes) { return parse_safetensors(bytes, "net.safetensors"); }
std::string zeros(std::size_t n) { return std::string(n, '\0'); }

// Two tensors; the first ends where `first_end` says, the second takes `second`.
std::string two_tensors(const std::string& first_end, const std::string& second, std::size_t data_bytes) {
  return file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,)" + first_end +
                     R"(]},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}",
                 zeros(data_bytes));
}

}  // namespace

#define CHECK_REFUSED(bytes, ...)                                                 \
  CHECK_THROWS_WITH_AS(parse(bytes), Contains("net.safetensors: "), FormatError); \
  CHECK_THROWS_WITH_AS(parse(bytes), Contains(__VA_ARGS__), FormatError)

TEST_CASE("safetensors: a file written by hand is read") {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}   )";
  const std::string data("\x05\0\0\0\0\0\0\0\0\0\x80\x3F\0\0\0\xC0", 16);
  const Safetensors file = parse(file_of(header, data));
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(file.state.integers == std::map<std::string, std::int64_t>{{"bn.num_batches_tracked", 5}});
  REQUIRE(file.state.tensors.size() == 1);
  const Tensor w = file.state.tensors.at("w");
  CHECK(w.shape() == Shape{1, 2});
  CHECK(w.at(0, 0) == 1);
  CHECK(w.at(0, 1) == -2);
  CHECK(file.with_nan.empty());
}

TEST_CASE("safetensors: the written bytes are those of the format") {
  const TempDir folder;
  const std::string path = folder.path() / "w.safetensors";
  State state;
  state.tensors["w"] = Tensor::from({1, 2}, {1, -2});
  state.integers["num_batches_tracked"] = 5;
  write_safetensors(path, state, {{"format", "pt"}});
#ifdef REEL_F64
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"num_batches_tracked":{"data_offsets":[0,8],"dtype":"I64","shape":[]},)"
      R"("w":{"data_offsets":[8,24],"dtype":"F64","shape":[1,2]}})";
  const std::string data("\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\xC0", 24);
#else
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"num_batches_tracked":{"data_offsets":[0,8],"dtype":"I64","shape":[]},)"
      R"("w":{"data_offsets":[8,16],"dtype":"F32","shape":[1,2]}})";
  const std::string data("\x05\0\0\0\0\0\0\0\0\0\x80\x3F\0\0\0\xC0", 16);
#endif
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  CHECK(reel_test::read_file(path) == file_of(header + padding, data));
}

TEST_CASE("safetensors: what is written comes back, bit by bit") {
  const TempDir folder;
  const std::string path = folder.path() / "w.safetensors";
  State state;
  state.tensors["conv1.weight"] = Tensor::from({2, 3}, {1, -0.0, Scalar(0.1), 1e30f, -1e-30f, 3});
  state.tensors["scalar"] = Tensor::from({}, {7});
  state.tensors["empty"] = Tensor::zeros({0, 4});
  state.tensors["odd \"name\"\n\xC3\xA9"] = Tensor::ones({8});
  state.integers["bn.num_batches_tracked"] = std::numeric_limits<std::int64_t>::min();
  write_safetensors(path, state);
  const Safetensors file = read_safetensors(path);
  CHECK(file.metadata.empty());
  CHECK(file.state.integers == state.integers);
  REQUIRE(file.state.tensors.size() == state.tensors.size());
  for (const auto& named : state.tensors) {  // clang 14 cannot CAPTURE a structured binding
    const std::string& name = named.first;
    const Tensor& tensor = named.second;
    CAPTURE(name);
    const Tensor found = file.state.tensors.at(name);
    CHECK(found.shape() == tensor.shape());
    CHECK(std::memcmp(found.data(), tensor.data(),
                      static_cast<std::size_t>(tensor.numel()) * sizeof(Scalar)) == 0);
  }
}

TEST_CASE("safetensors: no tensors at all is a file, too") {
  const TempDir folder;
  const std::string path = folder.path() / "none.safetensors";
  write_safetensors(path, {});
  CHECK(reel_test::read_file(path) == file_of("{}      "));
  CHECK(read_safetensors(path).state.tensors.empty());
}

TEST_CASE("safetensors: F16, BF16 and F64 become Scalars") {
  CHECK(parse(tensor_file("F16", "[2]", "[0,4]", std::string("\x00\x3C\x00\xC0", 4)))
            .state.tensors.at("w")
            .at(1) == -2);
  CHECK(parse(tensor_file("BF16", "[1]", "[0,2]", "\x80\x3F")).state.tensors.at("w").item() == 1);
  CHECK(parse(tensor_file("F64", "[]", "[0,8]", std::string("\0\0\0\0\0\0\xF0\x3F", 8)))
            .state.tensors.at("w")
            .item() == 1);
}

TEST_CASE("safetensors: tensors with a NaN are loaded and named") {
  const Safetensors file =
      parse(tensor_file("F32", "[2]", "[0,8]", std::string("\0\0\xC0\x7F\0\0\x80\x3F", 8)));
  CHECK(file.with_nan == std::vector<std::string>{"w"});
  CHECK(std::isnan(file.state.tensors.at("w").at(0)));
  CHECK(parse(tensor_file("F32", "[1]", "[0,4]", std::string("\0\0\x80\x7F", 4)))
            .with_nan.empty());  // infinity
}

TEST_CASE("safetensors: a header length that cannot be is refused") {
  CHECK_REFUSED("", "no safetensors file but an empty file");
  CHECK_REFUSED("1234567", "the file has 7 bytes");
  CHECK_REFUSED(length_bytes(3) + "{}", "header is said to have 3 bytes, the file ends after 2");
  CHECK_REFUSED(length_bytes(100'000'000) + "{}",
                "header is said to have 100000000 bytes, the file ends after 2");
  CHECK_REFUSED(length_bytes(100'000'001) + "{}", "header length is given as 100000001, at most 100000000");
  CHECK_REFUSED(length_bytes(~0ull) + "{}", "at most 100000000");
  CHECK_REFUSED("Entry not found", "is this a safetensors file?");
}

TEST_CASE("safetensors: a header that is no JSON object is refused") {
  CHECK_REFUSED(file_of(""), "does not start with '{'");
  CHECK_REFUSED(file_of("[1]"), "does not start with '{'");
  CHECK_REFUSED(file_of("{"), "not valid JSON, the error is at its byte");
  CHECK_REFUSED(file_of("{\"w\":}"), "not valid JSON");
  CHECK_REFUSED(file_of("{} {}"), "not valid JSON");
  CHECK_REFUSED(file_of("{\"\xFF\":1}"), "not valid JSON");
  CHECK_REFUSED(file_of("{\"w\":1e999}"), "number that is too large");
  CHECK_REFUSED(file_of("{\"w\":" + std::string(100'000, '[')), "tensor \"w\" is described by array");
  CHECK_REFUSED(tensor_file("F32", "[[1]]", "[0,4]", zeros(4)), "\"shape\" has the entry array");
}

TEST_CASE("safetensors: equal names are refused") {
  const std::string w = R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK_REFUSED(file_of("{" + w + "," + w + "}", zeros(4)), "the name \"w\" twice");
  CHECK_REFUSED(file_of(R"({"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
                "the name \"shape\" twice");
  CHECK_REFUSED(file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "the name \"a\" twice");
  // The same key in two tensors is as it should be.
  CHECK(parse(two_tensors("8", "[8,12]", 12)).state.tensors.size() == 2);
}

TEST_CASE("safetensors: an incomplete description is refused") {
  CHECK_REFUSED(file_of(R"({"w":3})"), "tensor \"w\" is described by number");
  CHECK_REFUSED(file_of(R"({"w":{"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
                "tensor \"w\" has no string \"dtype\"");
  CHECK_REFUSED(file_of(R"({"w":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", zeros(4)),
                "no string \"dtype\"");
  CHECK_REFUSED(file_of(R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", zeros(4)), "no array \"shape\"");
  CHECK_REFUSED(file_of(R"({"w":{"dtype":"F32","shape":{},"data_offsets":[0,4]}})", zeros(4)),
                "no array \"shape\"");
  CHECK_REFUSED(file_of(R"({"w":{"dtype":"F32","shape":[1]}})", zeros(4)), "no array \"data_offsets\"");
  CHECK_REFUSED(tensor_file("F32", "[1]", "[0]", zeros(4)), "has 1 data_offsets");
  CHECK_REFUSED(tensor_file("F32", "[1]", "[0,4,4]", zeros(4)), "has 3 data_offsets");
  CHECK_REFUSED(file_of(R"({"__metadata__":[]})"), "__metadata__ is array");
  CHECK_REFUSED(file_of(R"({"__metadata__":{"epoch":3}})"), "\"epoch\" is number, a string is expected");
}

TEST_CASE("safetensors: sizes that are no counts are refused") {
  CHECK_REFUSED(tensor_file("F32", "[-1]", "[0,4]", zeros(4)),
                "\"shape\" has the entry -1, whole numbers from 0");
  CHECK_REFUSED(tensor_file("F32", "[1.5]", "[0,4]", zeros(4)), "has the entry 1.5");
  CHECK_REFUSED(tensor_file("F32", "[\"1\"]", "[0,4]", zeros(4)), "has the entry \"1\"");
  CHECK_REFUSED(tensor_file("F32", "[9223372036854775808]", "[0,4]", zeros(4)),
                "has the entry 9223372036854775808");
  CHECK_REFUSED(tensor_file("F32", "[1]", "[-4,0]", zeros(4)), "\"data_offsets\" has the entry -4");
  CHECK_REFUSED(tensor_file("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]", zeros(4)), "has 9 dimensions, at most 8");
}

TEST_CASE("safetensors: a shape whose product overflows is refused") {
  CHECK_REFUSED(tensor_file("F32", "[4294967296,4294967296]", "[0,0]", ""), "too many elements");
  CHECK_REFUSED(tensor_file("F32", "[4611686018427387904]", "[0,0]", ""), "too many elements");  // 2^64 bytes
  CHECK_REFUSED(tensor_file("F32", "[0,4294967296,4294967296]", "[0,0]", ""), "too many elements");
  // 2^58 elements, the most that a shape has
  CHECK_REFUSED(tensor_file("F64", "[288230376151711744]", "[0,0]", ""), "wants 288230376151711744 elements");
}

TEST_CASE("safetensors: ranges that disagree with shape, dtype or file are refused") {
  CHECK_REFUSED(tensor_file("F32", "[1]", "[4,0]", zeros(4)),
                "ends at byte 0 of the data, before its begin at 4");
  CHECK_REFUSED(tensor_file("F32", "[2]", "[0,8]", zeros(7)), "ends at byte 8 of the data, the file has 7");
  CHECK_REFUSED(tensor_file("F32", "[2]", "[0,4]", zeros(4)),
                "has 4 bytes of data, its shape [2] wants 2 elements of 4");
  CHECK_REFUSED(tensor_file("F64", "[2]", "[0,8]", zeros(8)), "wants 2 elements of 8 bytes");
  CHECK_REFUSED(tensor_file("F16", "[2]", "[0,5]", zeros(5)), "has 5 bytes of data");
  CHECK_REFUSED(tensor_file("F32", "[]", "[0,0]", ""), "wants 1 elements");
}

TEST_CASE("safetensors: data that overlaps, leaves gaps or goes on is refused") {
  CHECK_REFUSED(two_tensors("8", "[4,8]", 8), "tensors \"a\" and \"b\" overlap");
  CHECK_REFUSED(two_tensors("8", "[12,16]", 16),
                "bytes 8 to 12 of the data, before tensor \"b\", belong to no");
  CHECK_REFUSED(two_tensors("8", "[8,12]", 13), "1 bytes follow the last tensor");
  CHECK_REFUSED(tensor_file("F32", "[1]", "[4,8]", zeros(8)), "bytes 0 to 4 of the data");
  CHECK_REFUSED(file_of("{}", "x"), "1 bytes follow");
}

TEST_CASE("safetensors: other dtypes are refused by name, with the way out") {
  for (const char* dtype : {"C64", "F4", "F6_E2M3", "F8_E8M0", "I128", "f32", ""}) {
    CAPTURE(dtype);
    CHECK_REFUSED(tensor_file(dtype, "[1]", "[0,8]", zeros(8)),
                  (std::string("tensor \"w\" has dtype \"") + dtype + "\"").c_str());
    CHECK_REFUSED(tensor_file(dtype, "[1]", "[0,8]", zeros(8)), "tensor.float()");
  }
}

TEST_CASE("safetensors: integers, truth values and F8 become Scalars") {
  const auto first = [](const std::string& dtype, const std::string& data) {
    return parse(tensor_file(dtype, "[1]", fmt::format("[0,{}]", data.size()), data))
        .state.tensors.at("w")
        .item();
  };
  CHECK(first("I8", "\xFE") == -2);
  CHECK(first("U8", "\xFE") == 254);
  CHECK(first("BOOL", "\x01") == 1);
  CHECK(first("I16", "\xFE\xFF") == -2);
  CHECK(first("U16", "\xFE\xFF") == 65534);
  CHECK(first("I32", std::string("\x05\0\0\0", 4)) == 5);
  CHECK(first("U32", std::string("\x05\0\0\0", 4)) == 5);
  CHECK(first("I64", std::string("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8)) == -2);
  CHECK(first("U64", std::string("\x05\0\0\0\0\0\0\0", 8)) == 5);
  CHECK(first("F8_E4M3", "\xB8") == -1);
  CHECK(first("F8_E5M2", "\xBC") == -1);
}

TEST_CASE("safetensors: a counter of any integer type, alone or in a list of one, stays an integer") {
  const auto counter = [](const std::string& dtype, const std::string& shape, std::size_t bytes) {
    const std::string header =
        fmt::format(R"({{"bn.num_batches_tracked":{{"dtype":"{}","shape":{},"data_offsets":[0,{}]}}}})",
                    dtype, shape, bytes);
    return parse(file_of(header, std::string(1, '\7') + zeros(bytes - 1))).state;
  };
  for (const auto& state :
       {counter("I64", "[]", 8), counter("I64", "[1]", 8), counter("I32", "[]", 4), counter("U8", "[]", 1)}) {
    CHECK(state.integers == std::map<std::string, std::int64_t>{{"bn.num_batches_tracked", 7}});
  }
  CHECK(counter("I64", "[2]", 16).tensors.size() == 1);
  CHECK(counter("F32", "[]", 4).tensors.size() == 1);
}

TEST_CASE("safetensors: what the reference implementation takes is taken") {
  const auto with_member = [](const std::string& member) {
    return file_of(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],)" + member + "}}", zeros(4));
  };
  for (const std::string member : {R"("note":"text")", R"("note":null)", R"("note":[1,{"a":[]},"b"])",
                                   R"("note":{"dtype":"X","shape":{}})", R"("a":1,"a":2)"}) {
    CAPTURE(member);
    CHECK(parse(with_member(member)).state.tensors.size() == 1);
  }
  CHECK(parse(with_member("\"note\":" + std::string(100'000, '[') + std::string(100'000, ']')))
            .state.tensors.size() == 1);
  CHECK(parse(file_of(R"({"__metadata__":null})")).metadata.empty());
  CHECK(parse(file_of("{}    \n\t ")).state.tensors.empty());
  CHECK(parse(file_of(R"({ "w" : { "shape" : [ ] , "data_offsets" : [ 0 , 4 ] , "dtype" : "F32" } })",
                      zeros(4)))
            .state.tensors.size() == 1);
  // Tensors without elements share an offset; the order of the names is not that of the data.
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("b":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},)"
                             R"("c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(parse(file_of(header, zeros(8))).state.tensors.size() == 3);
}

TEST_CASE("safetensors: what follows the JSON in a header is refused, a zero byte, too") {
  const std::string w = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK_REFUSED(file_of(w + std::string("\0\"evil\":{junk", 14), zeros(4)), "not valid JSON");
  CHECK_REFUSED(file_of(w + zeros(3), zeros(4)), "not valid JSON");
  CHECK_REFUSED(file_of(w + "x", zeros(4)), "not valid JSON");
  CHECK_REFUSED(file_of(R"({"w)" + zeros(1) + R"(":{}})"), "not valid JSON");
}

TEST_CASE("safetensors: another file in its place is named") {
  CHECK_REFUSED("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git lfs pull");
  CHECK_REFUSED("<!DOCTYPE html><html>", "web page");
  CHECK_REFUSED("PK\3\4 archive.data", "torch.save");
  CHECK_REFUSED(std::string("\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20", 9), "a pickle");
  CHECK_REFUSED("\x1f\x8b\x08 and more", "gunzip");
  // A sound file may start with the same bytes: a header of 559903 bytes.
  const std::string header = "{}" + std::string(0x08'8b'1f - 2, ' ');
  CHECK(parse(file_of(header)).state.tensors.empty());
}

TEST_CASE("safetensors: a header of very many names is read in no more than their time") {
  constexpr int kTensors = 50'000;
  std::string header = "{";
  for (int i = 0; i < kTensors; i++) {
    header +=
        fmt::format(R"({}"t{}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", i == 0 ? "" : ",", i);
  }
  CHECK(parse(file_of(header + "}")).state.tensors.size() == kTensors);
  std::string objects = R"({"w":{"a":[{})";
  for (int i = 0; i < 100'000; i++) objects += ",{}";
  CHECK_REFUSED(file_of(objects + "]}}"), "tensor \"w\" has no string \"dtype\"");
}

TEST_CASE("safetensors: what is too large for the memory is told by name, before it is read") {
  const TempDir folder;
  const std::string path = folder.path() / "large.safetensors";
  reel_test::write_file(path, file_of("{}"));
  std::filesystem::resize_file(path, 1 << 30);  // a file with a hole costs nothing
  CHECK_THROWS_WITH_AS(read_safetensors(path), Contains("1073741814 bytes follow the last tensor"),
                       FormatError);
  const std::string w = tensor_file("F32", "[2]", "[0,8]", zeros(8));
  reel::detail::fail_allocation_after(0);
  CHECK_THROWS_WITH_AS(parse(w), Contains("net.safetensors: tensor \"w\" [2]: out of memory"), IoError);
  reel::detail::fail_allocation_after(-1);
}

TEST_CASE("safetensors: a file is read from a pipe") {
  const TempDir folder;
  const std::string path = folder.path() / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path) << tensor_file("F32", "[1]", "[0,4]", zeros(4)); });
  const Safetensors file = read_safetensors(path);
  writer.join();
  CHECK(file.state.tensors.size() == 1);
}

TEST_CASE(
    "safetensors: a checksum is written where the metadata asks for one, and noticed where it is wrong") {
  const TempDir folder;
  const std::string path = folder.path() / "w.safetensors";
  State state;
  state.tensors["w"] = Tensor::ones({3});
  write_safetensors(path, state, {{kChecksumKey, "any"}, {"k", "v"}});
  const Safetensors file = read_safetensors(path);
  std::string bytes = reel_test::read_file(path);
  const std::string digits = file.metadata.at(kChecksumKey);
  CHECK(digits.size() == 8);
  std::string zeroed = bytes;
  zeroed.replace(zeroed.find(digits), 8, "00000000");
  CHECK(digits == fmt::format("{:08x}", crc32(0, reinterpret_cast<const Bytef*>(zeroed.data()),
                                              static_cast<uInt>(zeroed.size()))));
  bytes.back() = static_cast<char>(bytes.back() ^ 4);
  CHECK_REFUSED(bytes, "is not what was written");
}

TEST_CASE("safetensors: what the format cannot hold is not written") {
  const TempDir folder;
  const std::string path = folder.path() / "w.safetensors";
  State state;
  state.reals["lr"] = 0.1;
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("\"lr\" is a single real number"),
                       FormatError);
  state = {};
  state.texts["schedule"] = "cosine";
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("\"schedule\" is a text"), FormatError);
  state = {};
  state.integers["step"] = 3;
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("the integer \"step\""), FormatError);
  state = {};
  state.integers["num_batches_tracked"] = 3;
  state.tensors["num_batches_tracked"] = Tensor::zeros({1});
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("both a tensor and an integer"), FormatError);
  state = {};
  state.tensors["__metadata__"] = Tensor::zeros({1});
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("the name __metadata__"), FormatError);
  state = {};
  const std::map<std::string, std::string> long_text{{"k", std::string(100'000'000, 'x')}};
  CHECK_THROWS_WITH_AS(write_safetensors(path, state, long_text), Contains("the format allows 100000000"),
                       FormatError);
  state = {};
  state.tensors["\xFF"] = Tensor::zeros({1});
  CHECK_THROWS_WITH_AS(write_safetensors(path, state), Contains("UTF-8"), FormatError);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("safetensors: a missing file and a folder are IoErrors") {
  const TempDir folder;
  CHECK_THROWS_WITH_AS(read_safetensors(folder.path() / "none"), Contains("No such file"), IoError);
  CHECK_THROWS_WITH_AS(read_safetensors(folder.path()), Contains("folder"), IoError);
  CHECK_THROWS_AS(write_safetensors(folder.path(), {}), IoError);
}

TEST_CASE("safetensors: broken files are read or refused, nothing else") {
  const std::string bytes =
      file_of(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
              R"("num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})",
              zeros(16));
  CHECK(parse(bytes).state.tensors.size() == 1);
  const int refused = reel_test::refused_mutations(bytes, parse);
  CHECK(refused > static_cast<int>(bytes.size()));  // at least every cut
}

TEST_CASE("safetensors: a name that ends like the checksum's key is not taken for it") {
  const TempDir folder;
  const std::string path = folder.path() / "names.safetensors";
  const std::map<std::string, std::string> metadata{
      {"a\"" + std::string(kChecksumKey), "0123456789"}, {"note", "a\",\"b"}, {kChecksumKey, ""}};
  write_safetensors(path, {}, metadata);
  std::map<std::string, std::string> read = read_safetensors(path).metadata;
  CHECK(read.at(kChecksumKey).size() == 8);
  read[kChecksumKey] = "";
  CHECK(read == metadata);
}

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/npy.h>
#include <reel/core/memory.h>

#include "core/io/mutations.h"
#include "support.h"

using namespace reel;
using doctest::Contains;
using reel_test::TempDir;

namespace {

// A file of the given version around a header text, which keeps its length.
std::string npy_file_of(const std::string& header, const std::string& payload, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (std::size_t i = 0; i < (version == 1 ? 2 : 4); i++)
    bytes += static_cast<char>(header.size() >> 8 * i & 0xFF);
  return bytes + header + payload;
}
std::string dict(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}
Tensor parse_bytes(const std::string& bytes) { return parse_npy(bytes, "x.npy"); }
std::string zero_bytes(std::size_t n) { return std::string(n, '\0'); }

const std::string kOneMinusTwo("\0\0\x80\x3F\0\0\0\xC0", 8);  // float32

}  // namespace

#define CHECK_NPY_REFUSED(bytes, ...)                                         \
  CHECK_THROWS_WITH_AS(parse_bytes(bytes), Contains("x.npy: "), FormatError); \
  CHECK_THROWS_WITH_AS(parse_bytes(bytes), Contains(__VA_ARGS__), FormatError)

TEST_CASE("npy: each format version is read") {
  for (const int version : {1, 2, 3}) {
    CAPTURE(version);
    const Tensor t = parse_bytes(npy_file_of(dict("<f4", "(1, 2)") + "   \n", kOneMinusTwo, version));
    CHECK(t.shape() == Shape{1, 2});
    CHECK(t.at(0, 0) == 1);
    CHECK(t.at(0, 1) == -2);
  }
}

TEST_CASE("npy: float16, float64 and big-endian arrays become Scalars") {
  CHECK(parse_bytes(npy_file_of(dict("<f2", "()"), std::string("\0\x3C", 2))).item() == 1);
  CHECK(parse_bytes(npy_file_of(dict("<f8", "()"), std::string("\0\0\0\0\0\0\0\xC0", 8))).item() == -2);
  CHECK(parse_bytes(npy_file_of(dict(">f4", "(1,)"), std::string("\xC0\0\0\0", 4))).at(0) == -2);
  CHECK(parse_bytes(npy_file_of(dict(">f2", "()"), std::string("\x3C\0", 2))).item() == 1);
  CHECK(parse_bytes(npy_file_of(dict(">f8", "()"), std::string("\x3F\xF0\0\0\0\0\0\0", 8))).item() == 1);
}

TEST_CASE("npy: the spellings of a Python dictionary are understood") {
  CHECK(parse_bytes(npy_file_of(R"({"shape":(2,),"fortran_order":False,"descr":"<f4"})", kOneMinusTwo))
            .shape() == Shape{2});
  CHECK(parse_bytes(npy_file_of(" { 'descr' : '<f4' , 'shape' : ( 2 , 1 ) , 'fortran_order' : False } ",
                                kOneMinusTwo))
            .shape() == Shape{2, 1});
  CHECK(parse_bytes(npy_file_of(dict("<f4", "(0, 3)"), "")).shape() == Shape{0, 3});
  CHECK(parse_bytes(
            npy_file_of("{u'descr': u'<f4', u'fortran_order': False, u'shape': (2L, 1L)}", kOneMinusTwo))
            .shape() == Shape{2, 1});
  CHECK(parse_bytes(
            npy_file_of("{'descr':\r\n'<f4',\t'fortran_order':\fFalse,'shape':(+2,),}\r\n", kOneMinusTwo))
            .shape() == Shape{2});
}

TEST_CASE("npy: of a key that comes twice the last value counts, as in Python") {
  const std::string header =
      "{'descr': '<f8', 'shape': (7,), 'fortran_order': True, 'descr': '<f4', 'shape': (2,), "
      "'fortran_order': False}";
  CHECK(parse_bytes(npy_file_of(header, kOneMinusTwo)).at(1) == -2);
}

TEST_CASE("npy: what is too large for the memory is told by name") {
  for (const std::string order : {"False", "True"}) {
    const std::string file = npy_file_of(dict("<f4", "(2, 1)", order), kOneMinusTwo);
    const int before = order == "True" ? 1 : 0;  // the second array is the one in rows
    reel::detail::fail_allocation_after(before);
    CHECK_THROWS_WITH_AS(parse_bytes(file), Contains("x.npy: the array [2,1]: out of memory"), IoError);
    reel::detail::fail_allocation_after(-1);
  }
}

TEST_CASE("npy: the written bytes are those of numpy.save") {
  const TempDir folder;
  const std::string path = folder.path() / "x.npy";
  write_npy(path, Tensor::from({2}, {1, -2}));
#ifdef REEL_F64
  const std::string descr = "<f8", payload("\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\xC0", 16);
#else
  const std::string descr = "<f4", payload = kOneMinusTwo;
#endif
  std::string header = dict(descr, "(2,)");
  header.resize(128 - 10 - 1, ' ');
  CHECK(reel_test::read_file(path) == npy_file_of(header + "\n", payload));
}

TEST_CASE("npy: what is written comes back") {
  const TempDir folder;
  const std::string path = folder.path() / "x.npy";
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3, 4}, Shape{3, 0}, Shape{1, 1, 1, 1, 1, 1, 1, 2}}) {
    CAPTURE(shape.text());
    const Tensor written = Tensor::arange(static_cast<Scalar>(shape.numel())).reshape(shape);
    write_npy(path, written);
    CHECK(reel_test::read_file(path).find('\n') % 64 == 63);
    const Tensor read = read_npy(path);
    CHECK(read.shape() == shape);
    for (Index i = 0; i < shape.numel(); i++) CHECK(read.data()[i] == written.data()[i]);
  }
}

TEST_CASE("npy: integers and truth values become Scalars") {
  const auto first = [](const std::string& descr, const std::string& payload) {
    return parse_bytes(npy_file_of(dict(descr, "()"), payload)).item();
  };
  CHECK(first("|b1", "\1") == 1);
  CHECK(first("|i1", "\xFE") == -2);
  CHECK(first("|u1", "\xFE") == 254);
  CHECK(first("<i2", "\xFE\xFF") == -2);
  CHECK(first(">u2", std::string("\0\5", 2)) == 5);
  CHECK(first("<i4", std::string("\5\0\0\0", 4)) == 5);
  CHECK(first(">i8", std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE", 8)) == -2);
  CHECK(first("<u8", std::string("\5\0\0\0\0\0\0\0", 8)) == 5);
}

TEST_CASE("npy: a byte order may be missing, native or said not to matter") {
  for (const std::string descr : {"f4", "=f4", "|f4", "<f4", "float32", "f"}) {
    CAPTURE(descr);
    CHECK(parse_bytes(npy_file_of(dict(descr, "(2,)"), kOneMinusTwo)).at(1) == -2);
  }
}

TEST_CASE("npy: arrays in Fortran order are turned into rows") {
  const auto bytes = [](std::initializer_list<float> values) {
    return std::string(reinterpret_cast<const char*>(values.begin()), 4 * values.size());
  };
  CHECK(parse_bytes(npy_file_of(dict("<f4", "()", "True"), zero_bytes(4))).item() == 0);
  CHECK(parse_bytes(npy_file_of(dict("<f4", "(2,)", "True"), kOneMinusTwo)).at(1) == -2);
  const Tensor matrix = parse_bytes(npy_file_of(dict("<f4", "(2, 3)", "True"), bytes({1, 4, 2, 5, 3, 6})));
  CHECK(std::ranges::equal(std::as_const(matrix).values(), std::vector<Scalar>{1, 2, 3, 4, 5, 6}));
  const Tensor cube =
      parse_bytes(npy_file_of(dict("<f4", "(2, 1, 2, 2)", "True"), bytes({0, 4, 2, 6, 1, 5, 3, 7})));
  CHECK(std::ranges::equal(std::as_const(cube).values(), std::vector<Scalar>{0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK(parse_bytes(npy_file_of(dict("<f4", "(0, 3)", "True"), "")).shape() == Shape{0, 3});
}

TEST_CASE("npy: what is no array is named") {
  CHECK_NPY_REFUSED("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
  CHECK_NPY_REFUSED("\n <HTML><body>404", "a web page");
  CHECK_NPY_REFUSED("\x1f\x8b\x08 and more", "gunzip");
  CHECK_NPY_REFUSED("", "an empty file");
  CHECK_NPY_REFUSED(std::string("\x40\0\0\0\0\0\0\0{\"w\":", 13), "a safetensors file");
}

TEST_CASE("npy: other dtypes are refused with the way out") {
  for (const std::string descr : {"<c8", "<f16", "<U5", "|S3", "|O", "<M8[ns]", "<i3", "<", "", "<<f4"}) {
    CAPTURE(descr);
    CHECK_NPY_REFUSED(npy_file_of(dict(descr, "(2,)"), kOneMinusTwo),
                      ("dtype \"" + descr + "\" cannot be read").c_str());
    CHECK_NPY_REFUSED(npy_file_of(dict(descr, "(2,)"), kOneMinusTwo), "array.astype(numpy.float32)");
  }
  CHECK_NPY_REFUSED(
      npy_file_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", kOneMinusTwo),
      "structured dtype");
}

TEST_CASE("npy: files that are something else or end early are refused") {
  CHECK_NPY_REFUSED("", "no .npy file");
  CHECK_NPY_REFUSED("\x93NUMPY", "no .npy file");
  CHECK_NPY_REFUSED("PK\3\4 an .npz is a zip", "no .npy file");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(2,)"), kOneMinusTwo, 4), "format version 4.0 is unknown");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(2,)"), kOneMinusTwo, 0), "format version 0.0 is unknown");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(2,)"), kOneMinusTwo, 255), "format version 255.0 is unknown");
  std::string minor_version = npy_file_of(dict("<f4", "(2,)"), kOneMinusTwo);
  minor_version[7] = 1;
  CHECK_NPY_REFUSED(minor_version, "format version 1.1 is unknown");
  CHECK_NPY_REFUSED(std::string("\x93NUMPY\1\0\5", 9), "inside of its header's length");
  CHECK_NPY_REFUSED(std::string("\x93NUMPY\2\0\5\0\0", 11), "inside of its header's length");
  CHECK_NPY_REFUSED(std::string("\x93NUMPY\1\0\5\0{", 11),
                    "the header is said to have 5 bytes, the file ends after 1");
}

TEST_CASE("npy: malformed headers are refused") {
  for (const std::string header :
       {"",
        "{",
        "{}",
        "[]",
        "{'descr'",
        "{'descr: 1",
        "{'descr' '<f4'}",
        "{'descr': <f4}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (02,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x"}) {
    CAPTURE(header);
    CHECK_NPY_REFUSED(npy_file_of(header, kOneMinusTwo), "the header is malformed");
  }
  CHECK_NPY_REFUSED(npy_file_of("{'descr': '<f4', 'descr': '<f4'}", ""), "the header is malformed");
  CHECK_NPY_REFUSED(npy_file_of("{'colour': 'red'}", ""), "unexpected key \"colour\"");
}

TEST_CASE("npy: shapes that cannot be are refused") {
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(-2,)"), kOneMinusTwo), "negative size");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(1,1,1,1,1,1,1,1,2)"), kOneMinusTwo), "9 dimensions");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(4294967296, 4294967296)"), ""), "too many elements");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(4611686018427387904,)"), ""),
                    "too many elements");  // 2^64 bytes
  // 2^58 elements, the most that a shape has
  CHECK_NPY_REFUSED(npy_file_of(dict("<f8", "(288230376151711744,)"), ""),
                    "wants 288230376151711744 elements");
}

TEST_CASE("npy: a payload that is too short or too long is refused") {
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(3,)"), zero_bytes(11)),
                    "has 11 bytes, shape [3] wants 3 elements of 4 bytes");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f4", "(3,)"), zero_bytes(13)),
                    "has 13 bytes, shape [3] wants 3 elements of 4 bytes");
  CHECK_NPY_REFUSED(npy_file_of(dict("<f8", "(3,)"), zero_bytes(12)), "wants 3 elements of 8 bytes");
}

TEST_CASE("npy: a missing file and a folder are IoErrors") {
  const TempDir folder;
  CHECK_THROWS_WITH_AS(read_npy(folder.path() / "none.npy"), Contains("No such file"), IoError);
  CHECK_THROWS_WITH_AS(read_npy(folder.path()), Contains("folder"), IoError);
}

TEST_CASE("npy: broken files are read or refused, nothing else") {
  const std::string bytes = npy_file_of(dict("<f4", "(1, 2)") + " \n", kOneMinusTwo);
  const int refused = reel_test::refused_mutations(bytes, parse_bytes);
  CHECK(refused > static_cast<int>(bytes.size()));  // at least every cut
}

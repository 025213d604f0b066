// Header and payload of .npy files, in both orders of elements.
#include <reel/core/io/npy.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/element_type.h>
#include <reel/core/io/detail/foreign_format.h>
#include <reel/core/io/detail/format_check.h>
#include <reel/core/io/file.h>
#include <reel/core/kernels/detail/copy.h>

namespace reel::inline REEL_PRECISION {
namespace {

static_assert(std::endian::native == std::endian::little,
              "lengths and arrays are copied as they lie in memory");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kVersionEnd = 8;  // the magic and two bytes of version
constexpr std::size_t kNpyAlignment = 64;

// The Python dictionary literal of a header, in any spelling that NumPy reads:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const FormatCheck& check) : rest_(text), check_(check) {}

  struct Header {
    std::optional<std::string_view> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<Index>> shape;
  };

  Header parse() {
    expect("{");
    while (!accept("}")) {
      parse_item();
      if (accept(",")) continue;
      expect("}");
      break;
    }
    skip_space();
    require(rest_.empty(), "the end");
    require(header_.descr && header_.fortran_order && header_.shape, "'descr', 'fortran_order' and 'shape'");
    return std::move(header_);
  }

 private:
  void parse_item() {
    const std::string_view key = string();
    expect(":");
    if (key == "descr") {  // of a key that comes twice the last value counts, as in Python
      skip_space();
      check_(!rest_.starts_with('[') && !rest_.starts_with('('),
             "the array has a structured dtype, a plain one is expected");
      header_.descr = string();
    } else if (key == "fortran_order") {
      header_.fortran_order = boolean();
    } else if (key == "shape") {
      header_.shape = tuple();
    } else {
      check_.fail("the header has an unexpected key {:?}", key);
    }
  }

  void require(bool condition, std::string_view what) const {
    check_(condition, "the header is malformed: {} expected at {:?}", what, rest_.substr(0, 20));
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\f\r\n"), rest_.size())); }
  bool accept(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) { require(accept(word), word); }

  std::string_view string() {
    skip_space();
    if (rest_.starts_with("u'") || rest_.starts_with("u\"")) rest_.remove_prefix(1);  // as Python 2 wrote it
    require(!rest_.empty() && (rest_[0] == '\'' || rest_[0] == '"'), "a string");
    const std::size_t end = rest_.find(rest_[0], 1);
    require(end != std::string_view::npos, "a string with its end");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    if (accept("True")) return true;
    require(accept("False"), "True or False");
    return false;
  }
  Index size() {
    accept("+");
    skip_space();
    Index size = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    require(error == std::errc() && (size == 0 || rest_[0] != '0'), "a size below 2^63");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // a long of Python 2
    return size;
  }
  std::vector<Index> tuple() {
    std::vector<Index> sizes;
    expect("(");
    while (!accept(")")) {
      sizes.push_back(size());
      if (accept(",")) continue;
      require(sizes.size() > 1, ",");  // (3) is a number and no tuple
      expect(")");
      break;
    }
    return sizes;
  }

  std::string_view rest_;
  const FormatCheck& check_;
  Header header_;
};

struct Format {
  ElementType type;
  std::endian order;
};

Format parse_descr(std::string_view descr, const FormatCheck& check) {
  const char order = descr.empty() ? '=' : descr[0];
  const bool has_order = std::string_view("<>=|").find(order) != std::string_view::npos;
  const auto type = numpy_type(has_order && !descr.empty() ? descr.substr(1) : descr);
  check(type.has_value(),
        "dtype {:?} cannot be read; real numbers of 1 to 8 bytes can, so convert it with "
        "array.astype(numpy.float32)",
        descr);
  return {*type, order == '>' ? std::endian::big : std::endian::little};
}

Shape parse_shape(const std::vector<Index>& sizes, const FormatCheck& check) {
  try {
    return Shape(sizes);
  } catch (const ShapeError& error) {
    check.fail("{}", error.what());
  }
}

// Reads the header's text; what follows it in the file is the payload.
std::string read_npy_header(ByteReader& file, const FormatCheck& check) {
  const std::string start = file.peek(kForeignBytes);
  if (start.size() < kVersionEnd || !start.starts_with(kMagic)) {
    const std::string_view other = foreign_format(start);
    check(other.empty(), "this is no .npy file but {}", other);
    check.fail("this is no .npy file, which starts with the byte 0x93 and NUMPY");
  }
  const auto byte = [&](std::size_t i) { return int{static_cast<unsigned char>(start[i])}; };
  const int major = byte(kMagic.size()), minor = byte(kMagic.size() + 1);
  check(major >= 1 && major <= 3 && minor == 0,
        "format version {}.{} is unknown; 1.0, 2.0 and 3.0 can be read", major, minor);
  const std::size_t length_bytes = major == 1 ? 2 : 4, begin = kVersionEnd + length_bytes;
  check(file.remaining() >= begin, "the file ends inside of its header's length");
  std::uint32_t length = 0;
  std::memcpy(&length, file.read(begin).data() + kVersionEnd, length_bytes);
  check(length <= file.remaining(), "the header is said to have {} bytes, the file ends after {} of them",
        length, file.remaining());
  return file.read(length);
}

constexpr std::string_view kTheArray = "the array";  // of a file, in messages

Tensor read_elements(ByteReader& file, const Format& format, const Shape& shape) {
  Tensor tensor = room_for(shape, kTheArray, file.name());
  const std::span<Scalar> values = tensor.mutable_values();
  if (format.type == kScalarType && format.order == std::endian::native) {
    file.read_to(reinterpret_cast<char*>(values.data()), values.size_bytes());
  } else {
    decode(format.type, file.read(file.remaining()), values, format.order);
  }
  return tensor;
}

// The array whose elements lie in `columns` with the first index running fastest.
Tensor from_fortran_order(const Tensor& columns, const Shape& shape, const std::string& path) {
  Tensor rows = room_for(shape, kTheArray, path);
  kernels::StridedLoop<2> loop;
  Index row_stride = shape.numel(), column_stride = 1;
  for (const Index size : shape.sizes()) {
    row_stride /= std::max<Index>(size, 1);
    loop.add(size, {row_stride, column_stride});
    column_stride *= size;
  }
  kernels::copy(rows.mutable_data(), columns.data(), loop);
  return rows;
}

Tensor read_npy_array(ByteReader& file) {
  const FormatCheck check(file.name());
  const std::string text = read_npy_header(file, check);
  const HeaderParser::Header header = HeaderParser(text, check).parse();
  const Format format = parse_descr(*header.descr, check);
  const Shape shape = parse_shape(*header.shape, check);
  const std::size_t size = element_size(format.type), numel = static_cast<std::size_t>(shape.numel());
  check(file.remaining() == numel * size, "the payload has {} bytes, shape {} wants {} elements of {} bytes",
        file.remaining(), shape, numel, size);
  const Tensor tensor = read_elements(file, format, shape);
  return *header.fortran_order && shape.dim() > 1 ? from_fortran_order(tensor, shape, file.name()) : tensor;
}

}  // namespace

Tensor parse_npy(std::string_view bytes, const std::string& name) {
  ByteReader memory(bytes, name);
  return read_npy_array(memory);
}

Tensor read_npy(const std::string& path) {
  ByteReader file(path);
  return read_npy_array(file);
}

void write_npy(const std::string& path, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  const char* comma = shape.dim() == 1 ? "," : "";  // as Python writes a tuple of one
  std::string header = fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                   sizeof(Scalar), fmt::join(shape.sizes(), ", "), comma);
  const std::size_t before = kVersionEnd + sizeof(std::uint16_t);
  const std::size_t end = (before + header.size() + 1 + kNpyAlignment - 1) / kNpyAlignment * kNpyAlignment;
  header.resize(end - before - 1, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  std::string start(kMagic);
  start += {1, 0, static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  const std::string_view elements(reinterpret_cast<const char*>(tensor.data()),
                                  static_cast<std::size_t>(tensor.numel()) * sizeof(Scalar));
  write_atomically(path, std::array{std::string_view(start), std::string_view(header), elements});
}

}  // namespace reel::inline REEL_PRECISION

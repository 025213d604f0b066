#include <reel/core/io/npy.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include <reel/core/io/element_type.h>
#include <reel/core/io/file.h>
#include <reel/core/io/format_check.h>

namespace reel::inline REEL_PRECISION {
namespace {

static_assert(std::endian::native == std::endian::little,
              "lengths and arrays are copied as they lie in memory");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kVersionEnd = 8;  // the magic and two bytes of version
constexpr std::size_t kNpyAlignment = 64;

// The Python dictionary literal of a header:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const FormatCheck& check) : rest_(text), check_(check) {}

  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<Index>> shape;

  void parse() {
    expect('{');
    while (!accept('}')) {
      parse_item();
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    require(rest_.empty(), "the end");
    require(descr && fortran_order && shape, "'descr', 'fortran_order' and 'shape'");
  }

 private:
  void parse_item() {
    const std::string_view key = string();
    expect(':');
    if (key == "descr" && !descr) {
      skip_space();
      check_(!rest_.starts_with('['), "the array has a structured dtype, a plain one is expected");
      descr = string();
    } else if (key == "fortran_order" && !fortran_order) {
      fortran_order = boolean();
    } else if (key == "shape" && !shape) {
      shape = tuple();
    } else {
      check_.fail(fmt::format("the header has an unexpected or repeated key {:?}", key));
    }
  }

  void require(bool condition, std::string_view what) const {
    check_(condition, "the header is malformed: {} expected at {:?}", what, rest_.substr(0, 20));
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }
  bool accept(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool accept(char c) { return accept(std::string_view(&c, 1)); }
  void expect(char c) { require(accept(c), std::string_view(&c, 1)); }

  std::string_view string() {
    skip_space();
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
  std::vector<Index> tuple() {
    std::vector<Index> sizes;
    expect('(');
    while (!accept(')')) {
      skip_space();
      Index size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      require(error == std::errc(), "a size below 2^63");
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      sizes.push_back(size);
      if (accept(',')) continue;
      expect(')');
      break;
    }
    return sizes;
  }

  std::string_view rest_;
  const FormatCheck& check_;
};

struct Format {
  ElementType type;
  std::endian order;
};

Format parse_descr(std::string_view descr, const FormatCheck& check) {
  const auto type_of = [](std::string_view name) -> std::optional<ElementType> {
    if (name == "f2") return ElementType::kF16;
    if (name == "f4") return ElementType::kF32;
    if (name == "f8") return ElementType::kF64;
    return std::nullopt;
  };
  const bool has_order = descr.starts_with('<') || descr.starts_with('>');
  const auto type = has_order ? type_of(descr.substr(1)) : std::nullopt;
  check(type.has_value(),
        "dtype {:?} cannot be read; float16, float32 and float64 can, so convert it with "
        "array.astype(numpy.float32)",
        descr);
  return {*type, descr[0] == '<' ? std::endian::little : std::endian::big};
}

Shape parse_shape(const std::vector<Index>& sizes, const FormatCheck& check) {
  try {
    return Shape(sizes);
  } catch (const ShapeError& error) {
    check.fail(error.what());
  }
}

// The header's text; what follows it in the file is the payload.
std::string_view npy_header(std::string_view bytes, const FormatCheck& check) {
  check(bytes.size() >= kVersionEnd && bytes.starts_with(kMagic),
        "this is no .npy file, which starts with the byte 0x93 and NUMPY");
  const auto byte = [&](std::size_t i) { return int{static_cast<unsigned char>(bytes[i])}; };
  const int major = byte(kMagic.size()), minor = byte(kMagic.size() + 1);
  check(major >= 1 && major <= 3 && minor == 0,
        "format version {}.{} is unknown; 1.0, 2.0 and 3.0 can be read", major, minor);
  const std::size_t length_bytes = major == 1 ? 2 : 4, begin = kVersionEnd + length_bytes;
  check(bytes.size() >= begin, "the file ends inside of its header's length");
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + kVersionEnd, length_bytes);
  check(length <= bytes.size() - begin, "the header is said to have {} bytes, the file ends after {} of them",
        length, bytes.size() - begin);
  return bytes.substr(begin, length);
}

}  // namespace

Tensor parse_npy(std::string_view bytes, const std::string& name) {
  const FormatCheck check(name);
  const std::string_view text = npy_header(bytes, check);
  const std::string_view payload(text.data() + text.size(), bytes.data() + bytes.size());
  HeaderParser header(text, check);
  header.parse();
  const Format format = parse_descr(*header.descr, check);
  check(!*header.fortran_order,
        "the array is in Fortran order; save numpy.ascontiguousarray(array), which is row by row");
  const Shape shape = parse_shape(*header.shape, check);
  const std::size_t size = element_size(format.type), numel = static_cast<std::size_t>(shape.numel());
  check(payload.size() == numel * size, "the payload has {} bytes, shape {} wants {} elements of {} bytes",
        payload.size(), shape, numel, size);
  Tensor tensor = Tensor::uninitialized(shape);
  decode(format.type, payload, tensor.mutable_values(), format.order);
  return tensor;
}

Tensor read_npy(const std::string& path) { return parse_npy(read_bytes(path), path); }

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

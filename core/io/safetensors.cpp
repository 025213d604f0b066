// Reads a header, checks it, then the payload; writes both with a checksum.
#include <reel/core/io/safetensors.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <reel/core/error.h>
#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/checksum.h>
#include <reel/core/io/detail/element_type.h>
#include <reel/core/io/detail/foreign_format.h>
#include <reel/core/io/detail/format_check.h>
#include <reel/core/io/detail/safetensors_header.h>
#include <reel/core/io/file.h>

namespace reel::inline REEL_PRECISION {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::size_t kLengthBytes = 8;  // the header's length, in front of it
constexpr std::size_t kHeaderAlignment = 8;
constexpr std::string_view kNoChecksum = "00000000";  // what stands in its place while it is computed
static_assert(kNoChecksum.size() == Crc32::kDigits);

// Where the digits of the checksum begin in a header, npos where it has none. A quotation mark inside of a
// JSON string has a backslash in front, and what begins with one may end like this key.
std::size_t checksum_position(std::string_view header) {
  const std::string key = fmt::format("\"{}\":\"", kChecksumKey);
  std::size_t found = header.find(key);
  while (found != std::string_view::npos && found > 0 && header[found - 1] == '\\')
    found = header.find(key, found + 1);
  const std::size_t begin = found == std::string_view::npos ? found : found + key.size();
  return begin < header.size() && header.size() - begin >= Crc32::kDigits ? begin : std::string_view::npos;
}

// ---- Reading

// The length of the header that starts the file.
std::uint64_t read_header_length(ByteReader& file, const FormatCheck& check) {
  const std::uint64_t size = file.remaining();
  const std::string start = file.peek(kForeignBytes);
  std::uint64_t length = 0;
  std::memcpy(&length, start.data(), std::min(start.size(), kLengthBytes));
  const bool has_header = length > 0 && start.size() > kLengthBytes && start[kLengthBytes] == '{';
  if (!has_header) {
    const std::string_view other = foreign_format(start);
    check(other.empty(), "this is no safetensors file but {}", other);
  }
  check(size >= kLengthBytes, "the file has {} bytes, a safetensors file starts with 8 of header length",
        size);
  check(length <= kMaxHeaderBytes,
        "the header length is given as {}, at most {} bytes are allowed; is this a safetensors file?", length,
        kMaxHeaderBytes);
  check(length <= size - kLengthBytes,
        "the header is said to have {} bytes, the file ends after {} of them; is it cut off?", length,
        size - kLengthBytes);
  check(has_header, "the header does not start with '{{', it is no JSON object");
  return length;
}

// Reads the data after the header, and the checksum of it all.
class DataReader {
 public:
  DataReader(ByteReader& file, Safetensors& result) : file_(file), result_(result) {}

  // The length and the header, in which the digits of the checksum count as zeros.
  void add_header(std::string header) {
    const std::size_t digits = checksum_position(header);
    if (digits != std::string::npos) header.replace(digits, Crc32::kDigits, kNoChecksum);
    found_.add(header);
  }
  void read(const TensorEntry& entry) {
    const bool is_whole = is_integer(entry.type) && entry.name.ends_with(kCounterSuffix);
    if (is_whole && (entry.shape == Shape{} || entry.shape == Shape{1})) {
      result_.state.integers[entry.name] = decode_integer(entry.type, bytes_of(entry));
    } else {
      result_.state.tensors.emplace(entry.name, tensor_of(entry));
    }
  }
  void check_checksum(std::string_view expected, const FormatCheck& check) const {
    check(found_.text() == expected,
          "the file is not what was written: its checksum is {:?}, its bytes give {:?}; it is damaged or was "
          "changed by another program, take an earlier one",
          expected, found_.text());
  }

 private:
  std::string bytes_of(const TensorEntry& entry) {
    std::string bytes = file_.read(entry.end - entry.begin);
    found_.add(bytes);
    return bytes;
  }
  Tensor tensor_of(const TensorEntry& entry) {
    Tensor tensor = room_for(entry.shape, fmt::format("tensor {:?}", entry.name), file_.name());
    const std::span<Scalar> values = tensor.mutable_values();
    if (entry.type == kScalarType) {
      char* bytes = reinterpret_cast<char*>(values.data());
      file_.read_to(bytes, values.size_bytes());
      found_.add({bytes, values.size_bytes()});
    } else {
      decode(entry.type, bytes_of(entry), values);
    }
    const bool has_nan = std::any_of(values.begin(), values.end(), [](Scalar x) { return std::isnan(x); });
    if (has_nan) result_.with_nan.push_back(entry.name);
    return tensor;
  }

  ByteReader& file_;
  Safetensors& result_;
  Crc32 found_;
};

Safetensors read_all(ByteReader& file) {
  const FormatCheck check(file.name());
  const std::uint64_t length = read_header_length(file, check);
  std::string start = file.read(kLengthBytes + length);
  SafetensorsHeader header =
      parse_safetensors_header(std::string_view(start).substr(kLengthBytes), file.remaining(), check);
  Safetensors result;
  DataReader data(file, result);
  data.add_header(std::move(start));
  for (const TensorEntry& entry : header.entries) data.read(entry);
  const auto checksum = header.metadata.find(kChecksumKey);
  if (checksum != header.metadata.end()) data.check_checksum(checksum->second, check);
  std::ranges::sort(result.with_nan);
  result.metadata = std::move(header.metadata);
  return result;
}

// ---- Writing

std::string json_quoted(const std::string& text, const FormatCheck& check) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    check.fail("a name or a metadata string is not valid UTF-8");
  }
}

// Puts tensors one after another and describes them.
class Layout {
 public:
  explicit Layout(const FormatCheck& check) : check_(check) {}

  void add_metadata(const std::map<std::string, std::string>& metadata) {
    std::vector<std::string> members;
    for (const auto& [key, value] : metadata) {
      const std::string text = key == kChecksumKey ? std::string(kNoChecksum) : value;
      members.push_back(fmt::format("{}:{}", json_quoted(key, check_), json_quoted(text, check_)));
    }
    members_.push_back(fmt::format("\"{}\":{{{}}}", kMetadataKey, fmt::join(members, ",")));
  }
  void add(const std::string& name, ElementType type, const Shape& shape, std::string_view bytes) {
    members_.push_back(fmt::format(R"({}:{{"data_offsets":[{},{}],"dtype":"{}","shape":[{}]}})",
                                   json_quoted(name, check_), end_, end_ + bytes.size(),
                                   safetensors_name(type), fmt::join(shape.sizes(), ",")));
    end_ += bytes.size();
    data_.push_back(bytes);
  }

  // The header with its length in front, padded so that the data is aligned, and its checksum filled in.
  std::string header() const {
    std::string text(kLengthBytes, '\0');
    text += fmt::format("{{{}}}", fmt::join(members_, ","));
    text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
    const std::uint64_t length = text.size() - kLengthBytes;
    check_(length <= kMaxHeaderBytes,
           "the names and the metadata take {} bytes of header, the format allows {}", length,
           kMaxHeaderBytes);
    std::memcpy(text.data(), &length, kLengthBytes);
    const std::size_t digits = checksum_position(text);
    if (digits != std::string::npos) {
      Crc32 checksum;
      checksum.add(text);
      for (const std::string_view bytes : data_) checksum.add(bytes);
      text.replace(digits, Crc32::kDigits, checksum.text());
    }
    return text;
  }
  const std::vector<std::string_view>& data() const { return data_; }

 private:
  const FormatCheck& check_;
  std::vector<std::string> members_;  // of the header's object
  std::uint64_t end_ = 0;
  std::vector<std::string_view> data_;
};

template <class T>
std::string_view memory_of(const T* values, std::size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

void check_storable(const State& state, const FormatCheck& check) {
  if (!state.reals.empty()) {
    check.fail("{:?} is a single real number, which safetensors cannot hold; save_checkpoint keeps it",
               state.reals.begin()->first);
  }
  if (!state.texts.empty()) {
    check.fail("{:?} is a text, which safetensors cannot hold; save_checkpoint keeps it",
               state.texts.begin()->first);
  }
  for (const auto& [name, value] : state.integers) {
    check(name.ends_with(kCounterSuffix),
          "the integer {:?} cannot be saved as a tensor, only {} can; save_checkpoint keeps it", name,
          kCounterSuffix);
    check(!state.tensors.contains(name), "{:?} names both a tensor and an integer", name);
  }
  check(!state.tensors.contains(kMetadataKey), "no tensor can have the name {}", kMetadataKey);
}

// Calls write(pieces) with the bytes of the file, one piece after another.
template <class F>
void with_pieces(const std::string& name, const State& state,
                 const std::map<std::string, std::string>& metadata, F&& write) {
  const FormatCheck check(name);
  check_storable(state, check);
  Layout layout(check);
  if (!metadata.empty()) layout.add_metadata(metadata);
  // The wider elements first keep all of them aligned.
  for (const auto& [integer, value] : state.integers)
    layout.add(integer, ElementType::kI64, {}, memory_of(&value, 1));
  for (const auto& [tensor_name, tensor] : state.tensors) {
    layout.add(tensor_name, kScalarType, tensor.shape(),
               memory_of(tensor.data(), static_cast<std::size_t>(tensor.numel())));
  }
  const std::string header = layout.header();
  std::vector<std::string_view> pieces{header};
  pieces.insert(pieces.end(), layout.data().begin(), layout.data().end());
  write(pieces);
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) {
  ByteReader memory(bytes, name);
  return read_all(memory);
}

Safetensors read_safetensors(const std::string& path) {
  ByteReader file(path);
  return read_all(file);
}

void write_safetensors(const std::string& path, const State& state,
                       const std::map<std::string, std::string>& metadata) {
  with_pieces(path, state, metadata, [&](const auto& pieces) { write_atomically(path, pieces); });
}

std::string safetensors_bytes(const std::string& name, const State& state,
                              const std::map<std::string, std::string>& metadata) {
  std::string bytes;
  with_pieces(name, state, metadata, [&](const auto& pieces) {
    for (const std::string_view piece : pieces) bytes.append(piece);
  });
  return bytes;
}

}  // namespace reel::inline REEL_PRECISION

#include <reel/core/io/safetensors.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include <reel/core/io/element_type.h>
#include <reel/core/io/file.h>
#include <reel/core/io/format_check.h>

namespace reel::inline REEL_PRECISION {
namespace {

using Json = nlohmann::json;
static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::size_t kLengthBytes = 8;                 // the header's length, in front of it
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr std::size_t kAlignment = 8;
constexpr const char* kMetadataKey = "__metadata__";

struct Entry {
  std::string name;
  std::optional<ElementType> type;  // none: I64
  Shape shape;
  std::uint64_t begin, end;  // bytes, from the end of the header
};

std::string_view header_of(std::string_view bytes, const FormatCheck& check) {
  check(bytes.size() >= kLengthBytes,
        "the file has {} bytes, a safetensors file starts with 8 of header length", bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  check(length <= kMaxHeaderBytes || !bytes.starts_with("PK\3\4"),
        "this is a zip archive, as torch.save writes it; save with safetensors.torch.save_file instead");
  check(length <= kMaxHeaderBytes,
        "the header length is given as {}, at most {} bytes are allowed; is this a safetensors file?", length,
        kMaxHeaderBytes);
  const std::size_t rest = bytes.size() - kLengthBytes;
  check(length <= rest, "the header is said to have {} bytes, the file ends after {} of them; is it cut off?",
        length, rest);
  return bytes.substr(kLengthBytes, length);
}

// The keys of each level are watched while parsing: the parsed object keeps only the last of equal ones.
Json parse_header(std::string_view text, const FormatCheck& check) {
  check(text.starts_with('{'), "the header does not start with '{{', it is no JSON object");
  constexpr int kDeepest = 2;  // {name: {shape: [
  std::set<std::string> keys[kDeepest + 1];
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) {
      check(depth <= kDeepest, "the header is nested deeper than a tensor's shape");
      keys[depth].clear();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      check(keys[depth - 1].insert(key).second, "the header has the name {:?} twice", key);
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    check.fail(fmt::format("the header is not valid JSON, the error is at its byte {}", error.byte));
  } catch (const Json::out_of_range&) {
    check.fail("the header has a number that is too large");
  }
}

const Json& member(const Json& entry, const char* key, Json::value_t type, const std::string& name,
                   const FormatCheck& check) {
  const auto found = entry.find(key);
  check(found != entry.end() && found->type() == type, "tensor {:?} has no {} {:?}", name,
        Json(type).type_name(), key);
  return *found;
}

std::vector<Index> whole_numbers(const Json& array, const char* key, const std::string& name,
                                 const FormatCheck& check) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  std::vector<Index> numbers;
  numbers.reserve(array.size());
  for (const Json& number : array) {
    check(number.is_number_unsigned() && number.get<std::uint64_t>() <= kMost,
          "tensor {:?}: {:?} has the entry {}, whole numbers from 0 on are expected", name, key,
          number.dump());
    numbers.push_back(number.get<Index>());
  }
  return numbers;
}

std::optional<ElementType> parse_type(const std::string& dtype, const std::string& name,
                                      const FormatCheck& check) {
  if (dtype == "F16") return ElementType::kF16;
  if (dtype == "BF16") return ElementType::kBF16;
  if (dtype == "F32") return ElementType::kF32;
  if (dtype == "F64") return ElementType::kF64;
  check(dtype == "I64" && name.ends_with(kCounterSuffix),
        "tensor {:?} has dtype {:?}; F16, BF16, F32 and F64 can be read (I64 for {} alone), so convert it "
        "before saving, as with tensor.float() in PyTorch",
        name, dtype, kCounterSuffix);
  return std::nullopt;
}

Shape parse_shape(const Json& array, const std::string& name, const FormatCheck& check) {
  check(array.size() <= Shape::kMaxDim, "tensor {:?} has {} dimensions, at most {} are supported", name,
        array.size(), Shape::kMaxDim);
  const std::vector<Index> sizes = whole_numbers(array, "shape", name, check);
  try {
    return Shape(sizes);
  } catch (const ShapeError& error) {
    check.fail(fmt::format("tensor {:?}: {}", name, error.what()));
  }
}

Entry parse_entry(const std::string& name, const Json& json, std::uint64_t data_bytes,
                  const FormatCheck& check) {
  check(json.is_object(),
        "tensor {:?} is described by {}, an object with dtype, shape and data_offsets is expected", name,
        json.type_name());
  Entry entry;
  entry.name = name;
  entry.type = parse_type(
      member(json, "dtype", Json::value_t::string, name, check).get_ref<const std::string&>(), name, check);
  entry.shape = parse_shape(member(json, "shape", Json::value_t::array, name, check), name, check);
  const Json& range = member(json, "data_offsets", Json::value_t::array, name, check);
  check(range.size() == 2, "tensor {:?} has {} data_offsets, its begin and its end are expected", name,
        range.size());
  const std::vector<Index> offsets = whole_numbers(range, "data_offsets", name, check);
  check(offsets[0] <= offsets[1], "tensor {:?} ends at byte {} of the data, before its begin at {}", name,
        offsets[1], offsets[0]);
  entry.begin = static_cast<std::uint64_t>(offsets[0]);
  entry.end = static_cast<std::uint64_t>(offsets[1]);
  check(entry.end <= data_bytes, "tensor {:?} ends at byte {} of the data, the file has {}; is it cut off?",
        name, entry.end, data_bytes);
  check(entry.type || entry.shape.dim() == 0, "tensor {:?} has shape {}, an I64 scalar is expected", name,
        entry.shape);
  const std::uint64_t size = entry.type ? element_size(*entry.type) : sizeof(std::int64_t);
  const std::uint64_t bytes = entry.end - entry.begin,
                      numel = static_cast<std::uint64_t>(entry.shape.numel());
  check(bytes == numel * size, "tensor {:?} has {} bytes of data, its shape {} wants {} elements of {} bytes",
        name, bytes, entry.shape, numel, size);
  return entry;
}

// Every byte of the data belongs to exactly one tensor.
void check_layout(std::vector<Entry>& entries, std::uint64_t data_bytes, const FormatCheck& check) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t end = 0;
  const std::string* previous = nullptr;
  for (const Entry& entry : entries) {
    check(entry.begin >= end, "the data of tensors {:?} and {:?} overlap", previous ? *previous : "",
          entry.name);
    check(entry.begin == end, "bytes {} to {} of the data, before tensor {:?}, belong to no tensor", end,
          entry.begin, entry.name);
    end = entry.end;
    previous = &entry.name;
  }
  check(end == data_bytes, "{} bytes follow the last tensor, the file should end there", data_bytes - end);
}

std::map<std::string, std::string> parse_metadata(const Json& json, const FormatCheck& check) {
  check(json.is_object(), "{} is {}, an object of strings is expected", kMetadataKey, json.type_name());
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.items()) {
    check(value.is_string(), "{}: {:?} is {}, a string is expected", kMetadataKey, key, value.type_name());
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

void read_entry(const Entry& entry, std::string_view data, Safetensors& result) {
  const std::string_view bytes = data.substr(entry.begin, entry.end - entry.begin);
  if (!entry.type) {
    std::memcpy(&result.state.integers[entry.name], bytes.data(), sizeof(std::int64_t));
    return;
  }
  Tensor tensor = Tensor::uninitialized(entry.shape);
  const std::span<Scalar> values = tensor.mutable_values();
  decode(*entry.type, bytes, values);
  const bool has_nan = std::any_of(values.begin(), values.end(), [](Scalar x) { return std::isnan(x); });
  if (has_nan) result.with_nan.push_back(entry.name);
  result.state.tensors.emplace(entry.name, std::move(tensor));
}

// Puts tensors one after another and describes them.
class Layout {
 public:
  void add(const std::string& name, const char* dtype, const Shape& shape, std::string_view bytes) {
    header_[name] = {
        {"dtype", dtype}, {"shape", shape.sizes()}, {"data_offsets", {end_, end_ + bytes.size()}}};
    end_ += bytes.size();
    pieces_.push_back(bytes);
  }
  void add_metadata(const std::map<std::string, std::string>& metadata) { header_[kMetadataKey] = metadata; }

  // The header with its length in front, padded so that the data is aligned.
  std::string header() const {
    std::string text(kLengthBytes, '\0');
    text += header_.dump();
    text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
    const std::uint64_t length = text.size() - kLengthBytes;
    std::memcpy(text.data(), &length, kLengthBytes);
    return text;
  }
  const std::vector<std::string_view>& pieces() const { return pieces_; }

 private:
  Json header_ = Json::object();
  std::uint64_t end_ = 0;
  std::vector<std::string_view> pieces_;
};

template <class T>
std::string_view bytes_of(const T* values, std::size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

void check_writable(const State& state, const FormatCheck& check) {
  if (!state.reals.empty()) {
    check.fail(
        fmt::format("{:?} is a single real number, which safetensors cannot hold; save_checkpoint keeps it",
                    state.reals.begin()->first));
  }
  if (!state.texts.empty()) {
    check.fail(fmt::format("{:?} is a text, which safetensors cannot hold; save_checkpoint keeps it",
                           state.texts.begin()->first));
  }
  for (const auto& [name, value] : state.integers) {
    check(name.ends_with(kCounterSuffix),
          "the integer {:?} cannot be saved as a tensor, only {} can; save_checkpoint keeps it", name,
          kCounterSuffix);
    check(!state.tensors.contains(name), "{:?} names both a tensor and an integer", name);
  }
  check(!state.tensors.contains(kMetadataKey), "no tensor can have the name {}", kMetadataKey);
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) {
  const FormatCheck check(name);
  const std::string_view header = header_of(bytes, check);
  const std::string_view data = bytes.substr(kLengthBytes + header.size());
  const Json json = parse_header(header, check);
  Safetensors result;
  std::vector<Entry> entries;
  for (const auto& [key, value] : json.items()) {
    if (key == kMetadataKey) {
      result.metadata = parse_metadata(value, check);
    } else {
      entries.push_back(parse_entry(key, value, data.size(), check));
    }
  }
  check_layout(entries, data.size(), check);
  for (const Entry& entry : entries) read_entry(entry, data, result);
  std::sort(result.with_nan.begin(), result.with_nan.end());
  return result;
}

Safetensors read_safetensors(const std::string& path) { return parse_safetensors(read_bytes(path), path); }

void write_safetensors(const std::string& path, const State& state,
                       const std::map<std::string, std::string>& metadata) {
  const FormatCheck check(path);
  check_writable(state, check);
  Layout layout;
  if (!metadata.empty()) layout.add_metadata(metadata);
  // The wider elements first keep all of them aligned.
  for (const auto& [name, value] : state.integers) layout.add(name, "I64", {}, bytes_of(&value, 1));
  for (const auto& [name, tensor] : state.tensors) {
    const char* dtype = kScalarType == ElementType::kF32 ? "F32" : "F64";
    layout.add(name, dtype, tensor.shape(),
               bytes_of(tensor.data(), static_cast<std::size_t>(tensor.numel())));
  }
  std::string header;
  try {
    header = layout.header();
  } catch (const Json::type_error&) {
    check.fail("a name or a metadata string is not valid UTF-8");
  }
  std::vector<std::string_view> pieces{header};
  pieces.insert(pieces.end(), layout.pieces().begin(), layout.pieces().end());
  write_atomically(path, pieces);
}

}  // namespace reel::inline REEL_PRECISION

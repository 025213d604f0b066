// Parses the JSON as a stream of events, and checks names, types and places.
#include <reel/core/io/detail/safetensors_header.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

// A tensor as far as its description has been read.
struct Description {
  std::optional<std::string> dtype;
  std::optional<std::vector<std::int64_t>> shape, data_offsets;
};

ElementType described_type(const std::string& dtype, const std::string& name, const FormatCheck& check) {
  const std::optional<ElementType> type = safetensors_type(dtype);
  check(
      type.has_value(),
      "tensor {:?} has dtype {:?}, which cannot be read; convert it before saving, as with tensor.float() in "
      "PyTorch",
      name, dtype);
  return *type;
}

Shape described_shape(const std::vector<std::int64_t>& sizes, const std::string& name,
                      const FormatCheck& check) {
  check(sizes.size() <= Shape::kMaxDim, "tensor {:?} has {} dimensions, at most {} are supported", name,
        sizes.size(), Shape::kMaxDim);
  try {
    return Shape(sizes);
  } catch (const ShapeError& error) {
    check.fail("tensor {:?}: {}", name, error.what());
  }
}

TensorEntry checked_entry(const std::string& name, const Description& described, std::uint64_t data_bytes,
                          const FormatCheck& check) {
  check(described.dtype.has_value(), "tensor {:?} has no string \"dtype\"", name);
  check(described.shape.has_value(), "tensor {:?} has no array \"shape\"", name);
  check(described.data_offsets.has_value(), "tensor {:?} has no array \"data_offsets\"", name);
  const std::vector<std::int64_t>& offsets = *described.data_offsets;
  check(offsets.size() == 2, "tensor {:?} has {} data_offsets, its begin and its end are expected", name,
        offsets.size());
  TensorEntry entry{name, described_type(*described.dtype, name, check),
                    described_shape(*described.shape, name, check), static_cast<std::uint64_t>(offsets[0]),
                    static_cast<std::uint64_t>(offsets[1])};
  check(entry.begin <= entry.end, "tensor {:?} ends at byte {} of the data, before its begin at {}", name,
        entry.end, entry.begin);
  check(entry.end <= data_bytes, "tensor {:?} ends at byte {} of the data, the file has {}; is it cut off?",
        name, entry.end, data_bytes);
  const std::uint64_t bytes = entry.end - entry.begin, size = element_size(entry.type),
                      numel = static_cast<std::uint64_t>(entry.shape.numel());
  check(bytes == numel * size, "tensor {:?} has {} bytes of data, its shape {} wants {} elements of {} bytes",
        name, bytes, entry.shape, numel, size);
  return entry;
}

// Takes what nlohmann's parser meets, one by one: no tree of the header is ever built. Its parser has no
// recursion and no callback that looks at what was read before.
class HeaderEvents {
 public:
  HeaderEvents(std::uint64_t data_bytes, const FormatCheck& check) : data_bytes_(data_bytes), check_(check) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() { return stray("null", "null"); }
  bool boolean(bool value) { return stray("boolean", value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return stray("number", fmt::to_string(value)); }
  bool number_unsigned(std::uint64_t value) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (level() != Level::kSizes || value > kMost) return stray("number", fmt::to_string(value));
    sizes_->push_back(static_cast<std::int64_t>(value));
    return true;
  }
  bool number_float(double, const std::string& text) { return stray("number", text); }
  bool string(std::string& text) {
    if (level() == Level::kMetadata) {
      header_.metadata.emplace(key_, std::move(text));
    } else if (level() == Level::kTensor && key_ == "dtype") {
      described_.dtype = std::move(text);
    } else {
      return stray("string", fmt::format("{:?}", text));
    }
    return true;
  }
  template <class Bytes>
  bool binary(Bytes&) {
    return true;  // JSON has none
  }

  bool start_object(std::size_t) {
    if (level() == Level::kTop) return enter(Level::kNames);
    if (level() != Level::kNames) return stray("object", "object") && enter(Level::kOther);
    described_ = {};
    return enter(name_ == kMetadataKey ? Level::kMetadata : Level::kTensor);
  }
  bool start_array(std::size_t) {
    if (level() != Level::kTensor || !array_called(key_))
      return stray("array", "array") && enter(Level::kOther);
    sizes_ = &array_called(key_)->emplace();
    return enter(Level::kSizes);
  }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }
  bool key(std::string& text) {
    if (level() == Level::kNames) {
      check_once(names_.insert(text).second, text);
      name_ = std::move(text);
    } else if (level() == Level::kMetadata) {
      check_once(!header_.metadata.contains(text), text);
      key_ = std::move(text);
    } else if (level() == Level::kTensor) {
      check_once(!(text == "dtype" && described_.dtype) && !(array_called(text) && *array_called(text)),
                 text);
      key_ = std::move(text);
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
    constexpr int kNumberOutOfRange = 406;
    check_(error.id != kNumberOutOfRange, "the header has a number that is too large");
    check_.fail("the header is not valid JSON, the error is at its byte {}", position);
  }

 private:
  enum class Level : char { kTop, kNames, kMetadata, kTensor, kSizes, kOther };  // kOther is passed over

  Level level() const { return levels_.back(); }
  bool enter(Level level) {
    levels_.push_back(level);
    return true;
  }
  bool leave() {
    if (level() == Level::kTensor)
      header_.entries.push_back(checked_entry(name_, described_, data_bytes_, check_));
    levels_.pop_back();
    return true;
  }
  void check_once(bool is_first, const std::string& key) const {
    check_(is_first, "the header has the name {:?} twice", key);
  }
  // The list of a tensor with this name, or null.
  std::optional<std::vector<std::int64_t>>* array_called(std::string_view key) {
    if (key == "shape") return &described_.shape;
    return key == "data_offsets" ? &described_.data_offsets : nullptr;
  }
  // A value that has no place of its own: passed over, or refused; `text` is it in words.
  bool stray(const char* type, std::string_view text) {
    switch (level()) {
      case Level::kTop:
        check_.fail("the header is no JSON object");
      case Level::kNames:
        check_(name_ == kMetadataKey,
               "tensor {:?} is described by {}, an object with dtype, shape and data_offsets is expected",
               name_, type);
        check_(text == "null", "{} is {}, an object of strings is expected", kMetadataKey, type);
        break;
      case Level::kMetadata:
        check_.fail("{}: {:?} is {}, a string is expected", kMetadataKey, key_, type);
      case Level::kTensor:
        check_(key_ != "dtype", "tensor {:?} has no string \"dtype\"", name_);
        check_(!array_called(key_), "tensor {:?} has no array {:?}", name_, key_);
        break;
      case Level::kSizes:
        check_.fail("tensor {:?}: {:?} has the entry {}, whole numbers from 0 on are expected", name_, key_,
                    text);
      case Level::kOther:
        break;
    }
    return true;
  }

  std::uint64_t data_bytes_;
  const FormatCheck& check_;
  SafetensorsHeader header_;
  std::vector<Level> levels_{Level::kTop};  // of the objects and lists that are open
  std::set<std::string> names_;
  std::string name_, key_;  // of the top level, and inside of it
  Description described_;
  std::vector<std::int64_t>* sizes_ = nullptr;  // the list that is being read
};

// Every byte of the data belongs to exactly one tensor.
void check_layout(std::vector<TensorEntry>& entries, std::uint64_t data_bytes, const FormatCheck& check) {
  std::ranges::sort(entries, [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t end = 0;
  const std::string* previous = nullptr;
  for (const TensorEntry& entry : entries) {
    check(entry.begin >= end, "the data of tensors {:?} and {:?} overlap", previous ? *previous : "",
          entry.name);
    check(entry.begin == end, "bytes {} to {} of the data, before tensor {:?}, belong to no tensor", end,
          entry.begin, entry.name);
    end = entry.end;
    previous = &entry.name;
  }
  check(end == data_bytes, "{} bytes follow the last tensor, the file should end there", data_bytes - end);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const FormatCheck& check) {
  const std::size_t zero = text.find('\0');  // at which the parser would stop
  if (zero != std::string_view::npos)
    check.fail("the header is not valid JSON, the error is at its byte {}", zero + 1);
  HeaderEvents events(data_bytes, check);
  nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  SafetensorsHeader header = events.take();
  check_layout(header.entries, data_bytes, check);
  return header;
}

}  // namespace reel::inline REEL_PRECISION

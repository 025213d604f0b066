// A checkpoint is a safetensors file; numbers that are no tensors are its metadata, as exact texts.
#include <reel/core/io/checkpoint.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/format_check.h>
#include <reel/core/random.h>
#include <reel/core/text/detail/parse.h>

namespace reel::inline REEL_PRECISION {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* kVersion = "3";  // 3 has a checksum
constexpr const char* kPrecision = sizeof(Scalar) == 4 ? "f32" : "f64";
constexpr const char *kVersionKey = "reel.checkpoint", *kPrecisionKey = "reel.precision",
                     *kPartsKey = "reel.parts";
constexpr std::string_view kIntegerPrefix = "integer:", kRealPrefix = "real:", kTextPrefix = "text:";
constexpr const char* kGenerator = "generator";

// Decimal digits; for a real as few as give the same bits back, whatever the locale.
template <class T>
std::string exact_text(T value) {
  return fmt::format("{}", value);
}

template <class T>
T exact_value(const std::string& text, const std::string& name, const FormatCheck& check) {
  const std::optional<T> value = parsed<T>(text);
  check(value.has_value(), "{:?} is {:?}, a number is expected", name, text);
  return *value;
}

// The generator as a part among the others.
class GeneratorPart : public Stateful {
 public:
  State state() const override {
    const GeneratorState generator = generator_state();
    State state;
    state.integers["seed"] = std::bit_cast<std::int64_t>(generator.seed);
    state.integers["next_stream"] = std::bit_cast<std::int64_t>(generator.next_stream);
    return state;
  }
  std::function<void()> prepare_load(const State& state) override {
    check_state(this->state(), state, "the generator's state");
    const GeneratorState generator{std::bit_cast<std::uint64_t>(state.integers.at("seed")),
                                   std::bit_cast<std::uint64_t>(state.integers.at("next_stream"))};
    return [=] { set_generator_state(generator); };
  }
};

bool is_part_name(const std::string& name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

void check_parts(const std::vector<CheckpointPart>& parts) {
  std::set<std::string> names{kGenerator};
  for (const auto& [name, object] : parts) {
    if (!is_part_name(name))
      throw Error(fmt::format("checkpoint: the part name {:?} is not made of letters and digits", name));
    if (!names.insert(name).second) throw Error(fmt::format("checkpoint: the part name {:?} is taken", name));
    if (!object) throw Error(fmt::format("checkpoint: part {:?} is a null pointer", name));
  }
}

// Without the generator's.
std::string part_names(const auto& parts) {
  std::set<std::string> names;
  for (const auto& [name, part] : parts) names.insert(name);
  names.erase(kGenerator);
  return fmt::format("{}", fmt::join(names, " "));
}

// What a tensor file cannot hold goes into its metadata.
void to_metadata(State& state, Metadata& metadata) {
  for (const auto& [name, value] : state.integers) {
    if (!name.ends_with(kCounterSuffix))
      metadata[fmt::format("{}{}", kIntegerPrefix, name)] = exact_text(value);
  }
  for (const auto& [name, value] : state.reals) {
    metadata[fmt::format("{}{}", kRealPrefix, name)] = exact_text(value);
  }
  for (const auto& [name, text] : state.texts) metadata[fmt::format("{}{}", kTextPrefix, name)] = text;
  std::erase_if(state.integers, [](const auto& item) { return !item.first.ends_with(kCounterSuffix); });
  state.reals.clear();
  state.texts.clear();
}

void from_metadata(const Metadata& metadata, State& state, const FormatCheck& check) {
  for (const auto& [key, text] : metadata) {
    if (key.starts_with(kIntegerPrefix)) {
      state.integers[key.substr(kIntegerPrefix.size())] = exact_value<std::int64_t>(text, key, check);
    } else if (key.starts_with(kRealPrefix)) {
      state.reals[key.substr(kRealPrefix.size())] = exact_value<double>(text, key, check);
    } else if (key.starts_with(kTextPrefix)) {
      state.texts[key.substr(kTextPrefix.size())] = text;
    }
  }
}

}  // namespace

bool is_checkpoint(const Safetensors& file) { return file.metadata.contains(kVersionKey); }

Checkpoint as_checkpoint(Safetensors file, const std::string& path) {
  const FormatCheck check(path);
  const Metadata& metadata = file.metadata;
  check(is_checkpoint(file) && metadata.contains(kPrecisionKey) && metadata.contains(kPartsKey),
        "this is no checkpoint of Reel; files with weights alone are read by load()");
  check(metadata.at(kVersionKey) == kVersion, "the checkpoint has format version {}, this library reads {}",
        metadata.at(kVersionKey), kVersion);
  check(metadata.at(kPrecisionKey) == kPrecision,
        "the checkpoint was saved in {}, this library computes in {}", metadata.at(kPrecisionKey),
        kPrecision);
  check(metadata.contains(kChecksumKey), "the checkpoint has no checksum; it is damaged");
  from_metadata(metadata, file.state, check);
  Checkpoint checkpoint{path, {}};
  std::istringstream names(fmt::format("{} {}", metadata.at(kPartsKey), kGenerator));
  for (std::string name; names >> name;) {
    check(is_part_name(name), "{} has {:?}, which is no name of a part", kPartsKey, name);
    check(!checkpoint.parts.contains(name), "{} has the part {:?} twice", kPartsKey, name);
    checkpoint.parts.emplace(name, file.state.part(name));
  }
  return checkpoint;
}

Checkpoint read_checkpoint(const std::string& path) { return as_checkpoint(read_safetensors(path), path); }

void verify_checkpoint(const std::string& path) { read_checkpoint(path); }

namespace {

// Of all parts, as a safetensors file holds them.
std::pair<State, Metadata> file_of(const std::vector<CheckpointPart>& parts) {
  check_parts(parts);
  State all;
  for (const auto& [name, object] : parts) all.merge(name, object->state());
  all.merge(kGenerator, GeneratorPart().state());
  Metadata metadata{{kVersionKey, kVersion},
                    {kPrecisionKey, kPrecision},
                    {kPartsKey, part_names(parts)},
                    {kChecksumKey, ""}};
  to_metadata(all, metadata);
  return {std::move(all), std::move(metadata)};
}

}  // namespace

void save_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts) {
  const auto [state, metadata] = file_of(parts);
  write_safetensors(path, state, metadata);
}

std::string checkpoint_bytes(const std::vector<CheckpointPart>& parts) {
  const auto [state, metadata] = file_of(parts);
  return safetensors_bytes("the checkpoint", state, metadata);
}

void load_checkpoint(const Checkpoint& checkpoint, const std::vector<CheckpointPart>& parts) {
  check_parts(parts);
  GeneratorPart generator;
  std::vector<CheckpointPart> all = parts;
  all.push_back({kGenerator, &generator});

  std::vector<std::function<void()>> commits;  // none is called before all parts are ready
  for (const auto& [name, object] : all) {
    const auto found = checkpoint.parts.find(name);
    if (found == checkpoint.parts.end()) continue;
    try {
      commits.push_back(object->prepare_load(found->second));
    } catch (const Error& error) {
      throw FormatError(fmt::format("{}: part {:?}: {}", checkpoint.path, name, error.what()));
    }
  }
  const std::string found = part_names(checkpoint.parts), expected = part_names(parts);
  FormatCheck(checkpoint.path)(found == expected,
                               "the checkpoint has the parts {:?}, {:?} are expected: another program or "
                               "version wrote it, and this one can only begin anew, beside it",
                               found, expected);
  for (const auto& commit : commits) commit();
}

void load_checkpoint(const std::string& path, const std::vector<CheckpointPart>& parts) {
  check_parts(parts);
  load_checkpoint(read_checkpoint(path), parts);
}

}  // namespace reel::inline REEL_PRECISION

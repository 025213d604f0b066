#include <reel/datasets/idx.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/foreign_format.h>
#include <reel/datasets/detail/unpacked_file.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;

const char* plural(IdxKind kind) { return kind == IdxKind::kImages ? "images" : "labels"; }
const char* singular(IdxKind kind) { return kind == IdxKind::kImages ? "image" : "label"; }

// What the file is that does not start as an IDX file does, where that is known.
std::string_view known_format(UnpackedFile& input, std::span<const std::uint8_t> magic) {
  std::array<std::uint8_t, kForeignBytes> start{};
  std::ranges::copy(magic, start.begin());
  const std::size_t size = magic.size() + input.read(std::span(start).subspan(magic.size()));
  return foreign_format({reinterpret_cast<const char*>(start.data()), size});
}

// What a file that starts with `magic` is, for one that is not an array of the wanted kind; `known` is it in
// words, where they are known.
std::string what_else(std::span<const std::uint8_t> magic, std::string_view known, IdxKind kind) {
  const auto wanted = static_cast<std::uint8_t>(kind);
  const std::string label = fmt::format("0x{:02x}", fmt::join(magic, ""));
  if (magic[0] == 0x1f && magic[1] == 0x8b) {
    return "is gzip inside gzip; unpack it once with gunzip";
  }
  if (magic[2] == 0 && magic[3] == 0 && magic[1] == kUnsignedByte && magic[0] != 0) {
    return fmt::format(
        "is byte-swapped (magic number {}): IDX files are big-endian, 0x000008{:02x} is expected", label,
        wanted);
  }
  if (magic[0] != 0 || magic[1] != 0) {
    if (!known.empty()) return fmt::format("is no IDX file but {}", known);
    return fmt::format("is no IDX file: it starts with {}, {} start with 0x000008{:02x}", label, plural(kind),
                       wanted);
  }
  if (magic[2] != kUnsignedByte) {
    return fmt::format("has elements of type 0x{:02x}, only unsigned bytes (0x08) are read", magic[2]);
  }
  for (const IdxKind other : {IdxKind::kLabels, IdxKind::kImages}) {
    if (magic[3] == static_cast<std::uint8_t>(other)) {
      return fmt::format(
          "holds {} (magic number {}), {} (0x000008{:02x}) are expected; are two files swapped?",
          plural(other), label, plural(kind), wanted);
    }
  }
  return fmt::format("has {} dimensions, {} have {}", magic[3], plural(kind), wanted);
}

std::vector<Index> read_header(UnpackedFile& input, IdxKind kind) {
  std::array<std::uint8_t, 4> magic{};
  const std::size_t found = input.read(magic);
  if (found == 0) input.refuse_damaged(fmt::format("is empty, an IDX file of {} is expected", plural(kind)));
  const auto dimensions = static_cast<std::size_t>(kind);
  if (found == 4 &&
      magic != std::array<std::uint8_t, 4>{0, 0, kUnsignedByte, static_cast<std::uint8_t>(kind)}) {
    input.refuse(what_else(magic, known_format(input, magic), kind));
  }
  std::array<std::uint8_t, 4 * 3> sizes{};
  const std::size_t wanted = 4 * dimensions;
  const std::size_t more = found == 4 ? input.read(std::span(sizes).first(wanted)) : 0;
  if (more < wanted) {
    input.refuse_damaged(fmt::format("ends within its header: {} bytes of {}", found + more, 4 + wanted));
  }
  std::vector<Index> result;
  for (std::size_t i = 0; i < wanted; i += 4) {
    result.push_back(Index{sizes[i]} << 24 | Index{sizes[i + 1]} << 16 | Index{sizes[i + 2]} << 8 |
                     sizes[i + 3]);
  }
  return result;
}

std::size_t element_count(const UnpackedFile& input, const std::vector<Index>& sizes) {
  Index count = 1;
  for (const Index n : sizes) {
    if (__builtin_mul_overflow(count, n, &count)) {
      input.refuse_damaged(fmt::format("has a damaged header: its sizes [{}] overflow when multiplied",
                                       fmt::join(sizes, ",")));
    }
  }
  return static_cast<std::size_t>(count);
}

// At most `count` bytes. The buffer doubles as data arrive.
std::vector<std::uint8_t> read_up_to(UnpackedFile& input, std::size_t count) {
  constexpr std::size_t kFirst = 1 << 20;
  std::vector<std::uint8_t> bytes;
  std::size_t size = 0;
  while (size == bytes.size() && size < count) {
    make_room(bytes, std::min(count, std::max(kFirst, 2 * size)), input.path());
    size += input.read(std::span(bytes).subspan(size));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::vector<Index> read_idx_sizes(const std::filesystem::path& path, IdxKind kind) {
  UnpackedFile input(path);
  return read_header(input, kind);
}

IdxArray read_idx(const std::filesystem::path& path, IdxKind kind) {
  UnpackedFile input(path);
  IdxArray array;
  array.sizes = read_header(input, kind);
  const std::size_t count = element_count(input, array.sizes);
  array.bytes = read_up_to(input, count);
  if (array.bytes.size() < count) {
    const std::size_t one = count / static_cast<std::size_t>(array.sizes[0]);
    input.refuse_damaged(
        fmt::format("ends at {} {} of {} ({} bytes of {}); the download or copy is incomplete",
                    singular(kind), array.bytes.size() / one, array.sizes[0], array.bytes.size(), count));
  }
  std::array<std::uint8_t, 1> extra;
  if (input.read(extra) > 0) {
    input.refuse_damaged(fmt::format("goes on after the {} bytes of its {} {}; header or data are damaged",
                                     count, array.sizes[0], plural(kind)));
  }
  if (input.cut_short()) {
    input.refuse_damaged("lacks the end of its gzip stream; the download or copy is incomplete");
  }
  return array;
}

}  // namespace reel::inline REEL_PRECISION

#include <reel/datasets/detail/unpacked_file.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include <fmt/format.h>

#include <reel/core/error.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr std::size_t kPackedBytes = 1 << 16;
constexpr int kGzipWindow = 15 + 16;  // the largest window, in a gzip stream

}  // namespace

UnpackedFile::UnpackedFile(const std::filesystem::path& path) : file_(path.string()), packed_(kPackedBytes) {
  refill();
  is_gzip_ = at_gzip();
  if (is_gzip_ && inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
}

UnpackedFile::~UnpackedFile() {
  if (is_gzip_) inflateEnd(&stream_);
}

std::size_t UnpackedFile::read(std::span<std::uint8_t> out) { return is_gzip_ ? unpack(out) : take(out); }

// Behind what is left of the packed bytes.
bool UnpackedFile::refill() {
  const std::size_t left = stream_.avail_in;
  if (left > 0) std::memmove(packed_.data(), stream_.next_in, left);
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(file_.remaining(), packed_.size() - left));
  file_.read_to(reinterpret_cast<char*>(packed_.data()) + left, count);
  stream_.next_in = packed_.data();
  stream_.avail_in = static_cast<uInt>(left + count);
  return count > 0;
}

std::size_t UnpackedFile::take(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size() && (stream_.avail_in > 0 || refill())) {
    const std::size_t count = std::min<std::size_t>(stream_.avail_in, out.size() - done);
    std::memcpy(out.data() + done, stream_.next_in, count);
    stream_.next_in += count;
    stream_.avail_in -= static_cast<uInt>(count);
    done += count;
  }
  return done;
}

std::size_t UnpackedFile::unpack(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size() && !done_) {
    if (stream_.avail_in == 0 && !refill()) {
      cut_short_ = true;
      break;
    }
    const auto room =
        static_cast<uInt>(std::min<std::size_t>(out.size() - done, std::numeric_limits<int>::max()));
    stream_.next_out = out.data() + done;
    stream_.avail_out = room;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    done += room - stream_.avail_out;
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code == Z_STREAM_END) {
      done_ = !next_stream();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      refuse_damaged(
          fmt::format("is a damaged gzip file ({})", stream_.msg ? stream_.msg : "unknown reason"));
    }
  }
  return done;
}

// Whether another stream begins here.
bool UnpackedFile::next_stream() {
  if (stream_.avail_in < 2) refill();
  return at_gzip() && inflateReset(&stream_) == Z_OK;
}

bool UnpackedFile::at_gzip() const {
  return stream_.avail_in >= 2 && stream_.next_in[0] == 0x1f && stream_.next_in[1] == 0x8b;
}

void UnpackedFile::refuse(const std::string& why) const {
  throw FormatError(fmt::format("{} {}", path(), why));
}

void UnpackedFile::refuse_damaged(const std::string& why) const {
  refuse(fmt::format("{}; {}", why, kFetchAgain));
}

}  // namespace reel::inline REEL_PRECISION

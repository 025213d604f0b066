// By hand, since no packaged C++ library writes event files: records as TensorFlow frames them (tensorflow/core/lib/io,
// record_writer.h), each an Event (tensorflow/core/util/event.proto) with a Summary (framework/summary.proto) in it.
#include <reel/core/run/event_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/checksum.h>
#include <reel/core/io/detail/little_endian.h>
#include <reel/core/io/detail/protobuf.h>
#include <reel/core/run/detail/record_file.h>
#include <reel/core/text/detail/printable.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

// The fields of the messages, by their numbers in the schema.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace summary {
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2;  // the last two of a Value
}
namespace session_log {
constexpr int kStatus = 1, kStart = 1;  // the second is a status
}

// What is stored is no checksum of bytes that hold such a checksum themselves.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

std::string framed(const std::string& data) {
  const std::string length = little_endian(std::uint64_t{data.size()});
  return length + little_endian(masked(crc32c(length))) + data + little_endian(masked(crc32c(data)));
}

ProtobufMessage event_now() {
  ProtobufMessage message;
  message.float64(event::kWallTime,
                  std::chrono::duration<double>(system_clock::now().time_since_epoch()).count());
  return message;
}

// "events.out.tfevents.1795900000.host"; a number follows where there is one of that second.
std::string name_of_events(int number) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch()).count();
  return fmt::format("events.out.tfevents.{:010}.{}{}", seconds, *host ? host : "localhost",
                     number == 0 ? "" : fmt::format(".{}", number));
}

std::unique_ptr<RecordFile> new_event_file(const std::string& folder, WarningSink warn) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw IoError(fmt::format("cannot make the folder {}: {}; give another path", folder, error.message()));
  }
  for (int number = 0;; number++) {
    std::string path = (fs::path(folder) / name_of_events(number)).string();
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() >= 0)
      return std::make_unique<RecordFile>(std::move(path), std::move(file), std::move(warn));
    if (errno != EEXIST) fail_to_open_for_writing(path, errno);
  }
}

}  // namespace

EventFile::EventFile(const std::string& folder, MetricsOptions options, Location where)
    : MetricsWriter("EventFile", where) {
  check().count("after_step", options.after_step, 0);
  file_ = new_event_file(folder, std::move(options.warn));
  ProtobufMessage head = event_now(), start = event_now(), log;
  head.bytes(event::kFileVersion, "brain.Event:2");
  // From this step on TensorBoard drops what it has read of files before. It takes the first such event in a folder
  // for no restart, so every file has one.
  start.integer(event::kStep, options.after_step == 0 ? 0 : options.after_step + 1);
  log.integer(session_log::kStatus, session_log::kStart);
  start.message(event::kSessionLog, log);
  file_->append(framed(head.bytes()) + framed(start.bytes()));
}

EventFile::~EventFile() = default;

const std::string& EventFile::path() const { return file_->path(); }

const std::string& EventFile::failure() const { return file_->failure(); }

void EventFile::put(std::int64_t step, const Metrics& metrics) {
  ProtobufMessage all;
  for (const auto& [name, number] : metrics) {
    ProtobufMessage value;
    value.bytes(summary::kTag, printable(name));  // UTF-8, whatever it was
    value.float32(summary::kSimpleValue, static_cast<float>(number));
    all.message(summary::kValue, value);
  }
  ProtobufMessage message = event_now();
  message.integer(event::kStep, step);
  message.message(event::kSummary, all);
  file_->append(framed(message.bytes()));
}

}  // namespace reel::inline REEL_PRECISION

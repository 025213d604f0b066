#include <reel/datasets/cifar.h>

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/byte_reader.h>
#include <reel/core/io/detail/foreign_format.h>
#include <reel/core/parallel.h>
#include <reel/datasets/detail/cifar_classes.h>
#include <reel/datasets/detail/download_command.h>
#include <reel/datasets/detail/obstacle.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr Index kCifarSide = 32, kCifarPixels = 3 * kCifarSide * kCifarSide;

Index record_size(const std::vector<int>& classes) { return std::ssize(classes) + kCifarPixels; }

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_directory(path, ignored);
}

// Whether something has that name, be it a link that leads nowhere. What may not be looked at is an IoError.
bool is_there(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::none)
    throw IoError(fmt::format("{} cannot be looked at: {}", path.string(), error.message()));
  return fs::exists(status);
}

// The first of the two places with all files of a set, so that no two copies of it are mixed; otherwise the
// first with any of them.
std::optional<fs::path> find_folder(const fs::path& root, const std::string& folder,
                                    const std::vector<std::string>& names) {
  std::optional<fs::path> with_some;
  for (const fs::path& place : {root / folder, root}) {
    const auto count = std::ranges::count_if(names, [&](const auto& name) { return is_there(place / name); });
    if (count == std::ssize(names)) return place;
    if (count > 0 && !with_some) with_some = place;
  }
  return with_some;
}

std::string batch_name(int batch) { return fmt::format("data_batch_{}.bin", batch); }

std::vector<std::string> cifar10_names() {
  std::vector<std::string> names;
  for (int batch = 1; batch <= 5; batch++) names.push_back(batch_name(batch));
  names.push_back("test_batch.bin");
  return names;
}

std::vector<std::string> cifar10_files(Split split, const std::vector<int>& batches) {
  if (split == Split::kTest) return {"test_batch.bin"};
  if (batches.empty()) throw Error("Cifar10: no batch is asked for, some of 1 to 5 are expected");
  std::vector<std::string> names;
  std::set<int> seen;
  for (const int batch : batches) {
    if (batch < 1 || batch > 5)
      throw Error(fmt::format("Cifar10: batch {} is asked for, there are batches 1 to 5", batch));
    if (!seen.insert(batch).second) throw Error(fmt::format("Cifar10: batch {} is asked for twice", batch));
    names.push_back(batch_name(batch));
  }
  return names;
}

// Why none of the files is there, with the way out.
std::string missing(const fs::path& root, const std::string& example, const std::string& folder,
                    const std::string& archive, const std::string& download_name) {
  const std::string command = download_command(download_name, root);
  if (is_file(root)) {
    return fmt::format(
        "{} is a file, the folder of the data files is expected; unpack an archive with "
        "tar -xzf {} and give the folder that it makes: {} that of {}",
        root.string(), shell_word(root), folder, archive);
  }
  if (const auto obstacle = obstacle_on_way(root, folder))
    return fmt::format("{} {}", obstacle->path.string(), obstacle->why);
  if (is_file(root / archive)) {
    return fmt::format("{} is not unpacked; do it with tar -xzf {} -C {}", (root / archive).string(),
                       shell_word(root / archive), shell_word(root));
  }
  if (is_file(root / "data_batch_1") || is_file(root / "train")) {
    return fmt::format(
        "{} holds the Python version of the files, the binary one is expected; fetch it with {}",
        root.string(), command);
  }
  return fmt::format("{} and the others are not found in {} or {}; fetch the files with {}", example,
                     (root / folder).string(), root.string(), command);
}

// An IoError that names those that are not in the folder.
void check_all_there(const fs::path& folder, const std::vector<std::string>& names, const std::string& title,
                     const std::string& command) {
  std::vector<std::string> absent;
  std::ranges::remove_copy_if(names, std::back_inserter(absent),
                              [&](const std::string& name) { return is_there(folder / name); });
  if (absent.empty()) return;
  throw IoError(fmt::format("{}: {} {} not found in {}, where others are; fetch the files with {}", title,
                            fmt::join(absent, ", "), absent.size() == 1 ? "is" : "are", folder.string(),
                            command));
}

// What is wrong with the size of a file, if anything: asked before it is read.
std::optional<std::string> find_wrong_size(std::uint64_t bytes, const std::vector<int>& classes,
                                           const std::vector<int>& other, const std::string& other_title) {
  constexpr std::uint64_t kMostRecords = 50'000;  // of the published files, the training images of CIFAR-100
  const auto record = static_cast<std::uint64_t>(record_size(classes)),
             other_record = static_cast<std::uint64_t>(record_size(other));
  if (bytes == 0) return "it is empty";
  if (bytes > kMostRecords * std::max(record, other_record))
    return fmt::format("it has {} bytes, more than {} images take", bytes, kMostRecords);
  if (bytes % record == 0) return std::nullopt;
  if (bytes % other_record == 0)
    return fmt::format("its {} bytes are records of {}, not {} bytes each: this is a file of {}", bytes,
                       other_record, record, other_title);
  return fmt::format("it has {} records of {} bytes and {} bytes more", bytes / record, record,
                     bytes % record);
}

std::optional<std::string> find_wrong_label(const std::string& bytes, const std::vector<int>& classes) {
  const Index record = record_size(classes), size = std::ssize(bytes);
  for (Index i = 0; i < size / record; i++) {
    for (std::size_t b = 0; b < classes.size(); b++) {
      const int label = static_cast<unsigned char>(bytes[static_cast<std::size_t>(i * record) + b]);
      if (label >= classes[b])
        return fmt::format("image {} has label {}, labels are 0 to {}", i, label, classes[b] - 1);
    }
  }
  return std::nullopt;
}

}  // namespace

const CifarFormat::Source& CifarFormat::cifar10() {
  static const Source source{"CIFAR-10", "cifar10",      "cifar-10-batches-bin", "cifar-10-binary.tar.gz",
                             {10},       cifar10_names()};
  return source;
}

const CifarFormat::Source& CifarFormat::cifar100() {
  static const Source source{"CIFAR-100",        "cifar100",
                             "cifar-100-binary", "cifar-100-binary.tar.gz",
                             {20, 100},          {"train.bin", "test.bin"}};
  return source;
}

CifarFormat::CifarFormat(const fs::path& root, const std::vector<std::string>& names, const Source& source,
                         const std::vector<std::string>& class_names)
    : source_(&source), class_names_(&class_names) {
  const Source& other = &source == &cifar10() ? cifar100() : cifar10();
  const std::string command = download_command(source.download_name, root);
  const auto folder = find_folder(root, source.folder, source.names);
  if (!folder && find_folder(root, other.folder, other.names)) {
    throw FormatError(fmt::format("{}: {} holds {}; {} is fetched with {}", source.title, root.string(),
                                  other.title, source.title, command));
  }
  if (!folder) {
    throw IoError(
        fmt::format("{}: {}", source.title,
                    missing(root, names.front(), source.folder, source.archive, source.download_name)));
  }
  check_all_there(*folder, names, source.title, command);
  // Several files at once: most of the time goes into the memory that they are read into.
  files_.resize(names.size());
  paths_.resize(names.size());
  parallel_for(std::ssize(names), 1, [&](Index begin, Index) {
    const auto n = static_cast<std::size_t>(begin);
    paths_[n] = *folder / names[n];
    files_[n].records = read_records(paths_[n], root, source, other);
  });
  for (File& file : files_) {
    file.first = count_;
    count_ += std::ssize(file.records) / record_size(source.classes);
  }
}

std::string CifarFormat::read_records(const fs::path& path, const fs::path& root, const Source& source,
                                      const Source& other) {
  ByteReader file(path.string());
  const std::string start = file.peek(kForeignBytes);
  const auto refuse_if = [&](const std::optional<std::string>& fault) {
    if (!fault) return;
    const std::string_view known = start.empty() ? "" : foreign_format(start);
    throw FormatError(fmt::format("{}: {}: {}; fetch it again with {}", source.title, path.string(),
                                  known.empty() ? *fault : fmt::format("this is {}", known),
                                  download_command(source.download_name, root)));
  };
  refuse_if(find_wrong_size(file.remaining(), source.classes, other.classes, other.title));
  std::string bytes = file.read(file.remaining());
  refuse_if(find_wrong_label(bytes, source.classes));
  return bytes;
}

bool CifarFormat::any_there(const fs::path& root, const Source& source) {
  return find_folder(root, source.folder, source.names) || obstacle_on_way(root, source.folder);
}

std::uint32_t CifarFormat::checksum() const {
  uLong checksum = 0;
  for (const File& file : files_) {
    checksum = crc32_z(checksum, reinterpret_cast<const Bytef*>(file.records.data()), file.records.size());
  }
  return static_cast<std::uint32_t>(checksum);
}

Shape CifarFormat::sample_shape() const { return {3, kCifarSide, kCifarSide}; }

const char* CifarFormat::record(Index i) const {
  if (i < 0 || i >= count_) {
    throw Error(
        fmt::format("{}: image {} is asked for, there are images 0 to {}", source_->title, i, count_ - 1));
  }
  const auto file = std::ranges::upper_bound(files_, i, {}, &File::first) - 1;
  return file->records.data() + (i - file->first) * record_size(source_->classes);
}

void CifarFormat::read(Index i, std::span<Scalar> pixels) const {
  const char* bytes = record(i) + source_->classes.size();
  if (std::ssize(pixels) != kCifarPixels) {
    throw ShapeError(fmt::format("{}: read() is given {} pixels to fill, an image has {}", source_->title,
                                 pixels.size(), kCifarPixels));
  }
  std::transform(bytes, bytes + kCifarPixels, pixels.begin(),
                 [](char byte) { return static_cast<Scalar>(static_cast<unsigned char>(byte)) / 255; });
}

int CifarFormat::label_byte(Index i, std::size_t byte) const {
  return static_cast<unsigned char>(record(i)[byte]);
}

Cifar10::Cifar10(const fs::path& root, Split split, Cifar10Options options)
    : CifarFormat(root, cifar10_files(split, options.batches), cifar10(), cifar10_class_names()) {}

bool Cifar10::available(const fs::path& root) { return any_there(root, cifar10()); }

Cifar100::Cifar100(const fs::path& root, Split split, Cifar100Labels labels)
    : CifarFormat(root, {split == Split::kTrain ? "train.bin" : "test.bin"}, cifar100(),
                  labels == Cifar100Labels::kFine ? fine_class_names() : coarse_class_names()),
      labels_(labels) {}

const std::vector<std::string>& Cifar100::fine_class_names() { return cifar100_fine_class_names(); }
const std::vector<std::string>& Cifar100::coarse_class_names() { return cifar100_coarse_class_names(); }

bool Cifar100::available(const fs::path& root) { return any_there(root, cifar100()); }

}  // namespace reel::inline REEL_PRECISION

#include <reel/datasets/detail/mnist_files.h>

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <system_error>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/obstacle.h>
#include <reel/datasets/detail/unpacked_file.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFirstLabels = 10;

// The files of all sets have the same names, so the first labels and the first image have to tell them apart.
struct Fingerprint {
  const char* title;
  Split split;
  std::array<std::uint8_t, kFirstLabels> labels;
  uLong first_image;  // CRC-32
};
constexpr std::array<Fingerprint, 4> kPublished{{
    {"MNIST", Split::kTrain, {5, 0, 4, 1, 9, 2, 1, 3, 1, 4}, 0x90a92752},
    {"MNIST", Split::kTest, {7, 2, 1, 0, 4, 1, 4, 9, 5, 9}, 0x7eb3cd06},
    {"Fashion-MNIST", Split::kTrain, {9, 0, 0, 3, 0, 2, 7, 2, 5, 5}, 0xf270beb5},
    {"Fashion-MNIST", Split::kTest, {9, 2, 1, 1, 6, 1, 4, 6, 5, 7}, 0x52830860},
}};

// Why the path cannot be read as a file; empty where it can, nothing where it leads to none.
std::optional<std::string> trouble_at(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  switch (status.type()) {
    case fs::file_type::regular:
      return "";
    case fs::file_type::not_found:
      if (!fs::is_symlink(fs::symlink_status(path, error))) return std::nullopt;
      return "is a link that leads nowhere";
    case fs::file_type::none:
      return "cannot be looked at: " + error.message();
    case fs::file_type::directory:
      return "is a folder, a file is expected";
    default:
      return "is no regular file";
  }
}

// Of its four spellings the first that can be read; where none can, the first that is there.
MnistFile find_mnist_file(const fs::path& folder, const std::string& stem, int dimensions) {
  MnistFile file{fmt::format("{}-idx{}-ubyte", stem, dimensions)};
  for (const char separator : {'-', '.'}) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path path = folder / fmt::format("{}{}idx{}-ubyte{}", stem, separator, dimensions, ending);
      const std::optional<std::string> trouble = trouble_at(path);
      if (!trouble) continue;
      if (file.readable()) {
        if (trouble->empty() && file.beside.empty()) file.beside = path;
      } else if (file.absent() || trouble->empty()) {
        file.path = path;
        file.trouble = *trouble;
      }
    }
  }
  return file;
}

MnistFolder look_into_mnist(const fs::path& root, const std::string& name) {
  const fs::path folder = name.empty() ? root : root / name;
  MnistFolder found{folder,
                    {find_mnist_file(folder, "train-images", 3), find_mnist_file(folder, "train-labels", 1),
                     find_mnist_file(folder, "t10k-images", 3), find_mnist_file(folder, "t10k-labels", 1)}};
  if (const auto obstacle = obstacle_on_way(root, name)) {  // such as a link to a disk that is not there
    for (MnistFile& file : found.files) file.path = obstacle->path, file.trouble = obstacle->why;
  }
  return found;
}

// What a labels file starts with says; whether it can be read as a whole is found out later.
std::optional<PublishedSplit> published_by(const MnistFile& labels) {
  if (!labels.readable()) return std::nullopt;
  try {
    constexpr std::size_t kHeader = 8;
    std::array<std::uint8_t, kHeader + kFirstLabels> head{};
    UnpackedFile file(labels.path);
    const std::size_t size = file.read(head);
    return size == head.size() ? published_labels(std::span(head).subspan(kHeader)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// "FashionMNIST" and "fashion-mnist" are one name.
std::string plain_letters(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

// The set after which the folder is called, as torchvision does: FashionMNIST/raw.
std::string title_of_folder(const fs::path& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  if (path.filename() == "raw") path = path.parent_path();
  for (const char* title : {"MNIST", "Fashion-MNIST", "KMNIST", "EMNIST", "QMNIST"}) {
    if (plain_letters(path.filename().string()) == plain_letters(title)) return title;
  }
  return {};
}

// The title of the other set whose files these are; empty where they may be those of `title`.
std::string title_of_others(const MnistFolder& folder, const std::string& title) {
  std::string others;
  for (const Split split : {Split::kTrain, Split::kTest}) {
    const auto set = published_by(folder.labels(split));
    if (set && set->title == title) return {};
    if (set) others = set->title;
  }
  const bool holds_files = std::ranges::any_of(folder.files, &MnistFile::readable);
  if (others.empty() && holds_files) others = title_of_folder(folder.path);
  return others == title ? "" : others;
}

}  // namespace

bool MnistFolder::whole() const { return std::ranges::all_of(files, &MnistFile::readable); }

bool MnistFolder::empty() const { return std::ranges::all_of(files, &MnistFile::absent); }

MnistSearch find_mnist_files(const fs::path& root, const std::vector<std::string>& folders,
                             const std::string& title) {
  MnistSearch search;
  for (const std::string& name : folders) {
    const MnistFolder folder = look_into_mnist(root, name);
    if (folder.empty()) continue;
    if (const std::string others = title_of_others(folder, title); !others.empty()) {
      search.others = folder.path;
      search.others_title = others;
      continue;
    }
    if (folder.whole() || !search.found) search.found = folder;
    if (folder.whole()) break;
  }
  return search;
}

std::optional<PublishedSplit> published_labels(std::span<const std::uint8_t> labels) {
  if (labels.size() < kFirstLabels) return std::nullopt;
  for (const Fingerprint& set : kPublished) {
    if (std::ranges::equal(set.labels, labels.first(kFirstLabels)))
      return PublishedSplit{set.title, set.split};
  }
  return std::nullopt;
}

std::optional<PublishedSplit> published_image(std::span<const std::uint8_t> pixels) {
  const uLong checksum = crc32(0, pixels.data(), static_cast<uInt>(pixels.size()));
  for (const Fingerprint& set : kPublished) {
    if (set.first_image == checksum) return PublishedSplit{set.title, set.split};
  }
  return std::nullopt;
}

}  // namespace reel::inline REEL_PRECISION

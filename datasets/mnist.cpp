#include <reel/datasets/mnist.h>

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/datasets/detail/download_command.h>
#include <reel/datasets/detail/mnist_files.h>
#include <reel/datasets/detail/unpacked_file.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr Index kMnistSide = 28, kMnistPixels = kMnistSide * kMnistSide;
constexpr int kClasses = 10;

const char* images_of_split(Split split) { return split == Split::kTrain ? "training" : "test"; }

// What to do about a file that is not what it should be, where another of its spellings is there too.
std::string other_spelling(const MnistFile& file) {
  return file.beside.empty() ? "" : fmt::format("; without it, {} is read", file.beside.string());
}

// With the way out in each error. `read` throws one of its own.
template <class Read>
auto reading_mnist(const MnistFile& file, const Read& read) {
  try {
    return read();
  } catch (const FormatError& error) {
    throw FormatError(error.what() + other_spelling(file));
  }
}

// Before the images are unpacked, which may take a thousand times the room of the file.
void check_mnist_sizes(const MnistFile& images, const MnistFile& labels) {
  const auto sizes = reading_mnist(images, [&] { return read_idx_sizes(images.path, IdxKind::kImages); });
  const auto count = reading_mnist(labels, [&] { return read_idx_sizes(labels.path, IdxKind::kLabels); });
  if (sizes[1] != kMnistSide || sizes[2] != kMnistSide) {
    throw FormatError(fmt::format("{} has images of {}x{} pixels, {}x{} are expected{}", images.path.string(),
                                  sizes[1], sizes[2], kMnistSide, kMnistSide, other_spelling(images)));
  }
  if (sizes[0] != count[0]) {
    throw FormatError(fmt::format("{} has {} images but {} has {} labels; remove and fetch both again",
                                  images.path.string(), sizes[0], labels.path.string(), count[0]));
  }
}

void check_mnist_labels(const MnistFile& file, const IdxArray& labels) {
  const auto wrong = std::ranges::find_if(labels.bytes, [](int label) { return label >= kClasses; });
  if (wrong != labels.bytes.end()) {
    throw FormatError(fmt::format("{} has label {} for image {}, labels are 0 to {}; {}{}",
                                  file.path.string(), *wrong, wrong - labels.bytes.begin(), kClasses - 1,
                                  kFetchAgain, other_spelling(file)));
  }
}

// A file of another set, or of the other split, under this one's name.
void check_mnist_origin(const MnistFile& file, const char* kind,
                        const std::optional<PublishedSplit>& published, const std::string& title,
                        Split split) {
  if (!published || (published->title == title && published->split == split)) return;
  throw FormatError(fmt::format("{} holds {} of {}'s {} images, {}'s {} images are expected; {}",
                                file.path.string(), kind, published->title, images_of_split(published->split),
                                title, images_of_split(split), kFetchAgain));
}

}  // namespace

MnistFormat::MnistFormat(const fs::path& root, Split split, const Source& source) : source_(&source) {
  const MnistFolder folder = folder_of(root, source);
  const MnistFile &images = folder.images(split), &labels = folder.labels(split);
  for (const MnistFile* file : {&images, &labels}) {
    if (file->absent()) {
      throw IoError(
          fmt::format("{}: {} has no {} (or .gz), all four files of the set are read from one "
                      "folder; fetch them with {}",
                      source.title, folder.path.lexically_normal().string(), file->name,
                      download_command(source.download_name, root)));
    }
    if (!file->readable())
      throw IoError(fmt::format("{}: {} {}", source.title, file->path.string(), file->trouble));
  }
  check_mnist_sizes(images, labels);
  labels_ = reading_mnist(labels, [&] { return read_idx(labels.path, IdxKind::kLabels); });
  images_ = reading_mnist(images, [&] { return read_idx(images.path, IdxKind::kImages); });
  check_mnist_labels(labels, labels_);
  check_mnist_origin(labels, "labels", published_labels(labels_.bytes), source.title, split);
  if (size() > 0) {
    check_mnist_origin(images, "pixels", published_image(std::span(images_.bytes).first(kMnistPixels)),
                       source.title, split);
  }
  files_ = {images.path, labels.path};
}

MnistFolder MnistFormat::folder_of(const fs::path& root, const Source& source) {
  const MnistSearch search = find_mnist_files(root, source.folders, source.title);
  if (search.found) return *search.found;
  const std::string command = download_command(source.download_name, root);
  if (!search.others_title.empty()) {
    throw FormatError(fmt::format("{}: {} holds {}; {} is fetched with {}", source.title,
                                  search.others.lexically_normal().string(), search.others_title,
                                  source.title, command));
  }
  std::vector<std::string> places;
  for (const std::string& folder : source.folders)
    places.push_back((root / folder).lexically_normal().string());
  throw IoError(
      fmt::format("{}: train-images-idx3-ubyte and the other three files (or .gz) are not found in {}; fetch "
                  "them with {}",
                  source.title, fmt::join(places, ", "), command));
}

bool MnistFormat::any_there(const fs::path& root, const Source& source) {
  return find_mnist_files(root, source.folders, source.title).found.has_value();
}

std::uint32_t MnistFormat::checksum() const {
  uLong checksum = crc32_z(0, images_.bytes.data(), images_.bytes.size());
  checksum = crc32_z(checksum, labels_.bytes.data(), labels_.bytes.size());
  return static_cast<std::uint32_t>(checksum);
}

Shape MnistFormat::sample_shape() const { return {1, kMnistSide, kMnistSide}; }

void MnistFormat::check_index(Index i) const {
  if (i < 0 || i >= size()) {
    throw Error(
        fmt::format("{}: image {} is asked for, there are images 0 to {}", source_->title, i, size() - 1));
  }
}

void MnistFormat::read(Index i, std::span<Scalar> pixels) const {
  check_index(i);
  if (std::ssize(pixels) != kMnistPixels) {
    throw ShapeError(fmt::format("{}: read() is given {} pixels to fill, an image has {}", source_->title,
                                 pixels.size(), kMnistPixels));
  }
  const std::uint8_t* bytes = images_.bytes.data() + i * kMnistPixels;
  std::transform(bytes, bytes + kMnistPixels, pixels.begin(),
                 [](int byte) { return static_cast<Scalar>(byte) / 255; });
}

int MnistFormat::label(Index i) const {
  check_index(i);
  return labels_.bytes[static_cast<std::size_t>(i)];
}

const MnistFormat::Source& Mnist::source() {
  static const Source source{
      "MNIST", "mnist", {"", "mnist", "MNIST/raw"}, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  return source;
}

Mnist::Mnist(const fs::path& root, Split split) : MnistFormat(root, split, source()) {}

bool Mnist::available(const fs::path& root) { return any_there(root, source()); }

const MnistFormat::Source& FashionMnist::source() {
  static const Source source{"Fashion-MNIST",
                             "fashion-mnist",
                             {"fashion-mnist", "FashionMNIST/raw", ""},
                             {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                              "Sneaker", "Bag", "Ankle boot"}};
  return source;
}

FashionMnist::FashionMnist(const fs::path& root, Split split) : MnistFormat(root, split, source()) {}

bool FashionMnist::available(const fs::path& root) { return any_there(root, source()); }

}  // namespace reel::inline REEL_PRECISION

#include <reel/datasets/mnist.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/datasets/download_command.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr Index kMnistSide = 28, kMnistPixels = kMnistSide * kMnistSide;
constexpr int kClasses = 10;

// Any spelling of `stem`-idx`dimensions`-ubyte in a folder.
std::optional<fs::path> find_file(const fs::path& folder, const std::string& stem, IdxKind kind) {
  for (const char separator : {'-', '.'}) {
    for (const char* ending : {"", ".gz"}) {
      fs::path path =
          folder / fmt::format("{}{}idx{}-ubyte{}", stem, separator, static_cast<int>(kind), ending);
      std::error_code error;
      const fs::file_status status = fs::status(path, error);
      if (status.type() == fs::file_type::none) {
        throw IoError(fmt::format("{} cannot be looked at: {}", path.string(), error.message()));
      }
      // A folder of that name is no match: some archives unpack into one, beside the file.
      if (fs::exists(status) && !fs::is_directory(status)) return path;
    }
  }
  return std::nullopt;
}

const char* prefix(Split split) { return split == Split::kTrain ? "train" : "t10k"; }

struct Pair {
  fs::path images, labels;
};

std::optional<Pair> find_pair(const fs::path& root, const std::vector<std::string>& folders, Split split) {
  for (const std::string& folder : folders) {
    auto images = find_file(root / folder, fmt::format("{}-images", prefix(split)), IdxKind::kImages);
    auto labels = find_file(root / folder, fmt::format("{}-labels", prefix(split)), IdxKind::kLabels);
    if (images && labels) return Pair{*images, *labels};
  }
  return std::nullopt;
}

void check_contents(const Pair& files, const IdxArray& images, const IdxArray& labels) {
  const std::string path = files.images.string();
  if (images.sizes[1] != kMnistSide || images.sizes[2] != kMnistSide) {
    throw FormatError(fmt::format("{} has images of {}x{} pixels, {}x{} are expected", path, images.sizes[1],
                                  images.sizes[2], kMnistSide, kMnistSide));
  }
  if (images.sizes[0] != labels.sizes[0]) {
    throw FormatError(fmt::format("{} has {} images but {} has {} labels; fetch both again", path,
                                  images.sizes[0], files.labels.string(), labels.sizes[0]));
  }
  const auto wrong = std::ranges::find_if(labels.bytes, [](int label) { return label >= kClasses; });
  if (wrong != labels.bytes.end()) {
    throw FormatError(fmt::format("{} has label {} for image {}, labels are 0 to {}; fetch it again",
                                  files.labels.string(), *wrong, wrong - labels.bytes.begin(), kClasses - 1));
  }
}

}  // namespace

MnistFormat::MnistFormat(const fs::path& root, Split split, const Source& source) : source_(&source) {
  const auto files = find_pair(root, source.folders, split);
  if (!files && fs::is_regular_file(root)) {
    throw IoError(fmt::format("{}: {} is a file, the folder of the data files is expected", source.title,
                              root.string()));
  }
  if (!files) {
    std::vector<std::string> places;
    for (const std::string& folder : source.folders)
      places.push_back((root / folder).lexically_normal().string());
    throw IoError(
        fmt::format("{}: {}-images-idx3-ubyte and {}-labels-idx1-ubyte (or .gz) are not found together in "
                    "{}; fetch them with {}",
                    source.title, prefix(split), prefix(split), fmt::join(places, ", "),
                    download_command(source.download_name, root)));
  }
  images_ = read_idx(files->images, IdxKind::kImages);
  labels_ = read_idx(files->labels, IdxKind::kLabels);
  check_contents(*files, images_, labels_);
}

bool MnistFormat::find_all(const fs::path& root, const Source& source) {
  return find_pair(root, source.folders, Split::kTrain) && find_pair(root, source.folders, Split::kTest);
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

bool Mnist::available(const fs::path& root) { return find_all(root, source()); }

const MnistFormat::Source& FashionMnist::source() {
  static const Source source{"Fashion-MNIST",
                             "fashion-mnist",
                             {"fashion-mnist", "FashionMNIST/raw", ""},
                             {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                              "Sneaker", "Bag", "Ankle boot"}};
  return source;
}

FashionMnist::FashionMnist(const fs::path& root, Split split) : MnistFormat(root, split, source()) {}

bool FashionMnist::available(const fs::path& root) { return find_all(root, source()); }

}  // namespace reel::inline REEL_PRECISION

// Where the four files of a set in MNIST's format lie, and whose they are. Internal to datasets.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/scalar.h>
#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

/// One of the four, in whichever spelling it is there.
struct MnistFile {
  std::string name;                   ///< "train-images-idx3-ubyte"
  std::filesystem::path path = {};    ///< empty: it is not there
  std::string trouble = {};           ///< why what is there is no file to read; empty where it is one
  std::filesystem::path beside = {};  ///< another spelling that is there too and was not taken

  bool absent() const { return path.empty(); }
  bool readable() const { return !absent() && trouble.empty(); }
};

/// The files of a split, in one folder.
struct MnistFolder {
  std::filesystem::path path;
  std::array<MnistFile, 4> files;  ///< images and labels to train, images and labels to test

  const MnistFile& images(Split split) const { return files[split == Split::kTrain ? 0 : 2]; }
  const MnistFile& labels(Split split) const { return files[split == Split::kTrain ? 1 : 3]; }
  bool whole() const;
  bool empty() const;
};

/// What a search below a root came to.
struct MnistSearch {
  /// The first folder with all four files, otherwise the first with any of them; none where there is none.
  std::optional<MnistFolder> found;
  /// A folder that was passed over for it holds another set, and that set's title; empty where there is none.
  std::filesystem::path others = {};
  std::string others_title = {};
};
MnistSearch find_mnist_files(const std::filesystem::path& root, const std::vector<std::string>& folders,
                             const std::string& title);

/// The published set, "MNIST" or "Fashion-MNIST", and its split, whose first labels or whose first image
/// these are; nothing where they are of none.
struct PublishedSplit {
  std::string title;
  Split split;
};
std::optional<PublishedSplit> published_labels(std::span<const std::uint8_t> labels);
std::optional<PublishedSplit> published_image(std::span<const std::uint8_t> pixels);

}  // namespace reel::inline REEL_PRECISION

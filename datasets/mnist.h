// MNIST and Fashion-MNIST: 28x28 grey images in ten classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <reel/datasets/dataset.h>
#include <reel/datasets/idx.h>

namespace reel::inline REEL_PRECISION {

struct MnistFolder;

/// Images in the four IDX files of MNIST. Held in memory as bytes; pixels are read as byte / 255.
///
/// The files are found in any of their usual spellings: `train-images-idx3-ubyte` or
/// `train-images.idx3-ubyte`, plain or `.gz`. Both splits are read from one folder: the first that has all
/// four files, otherwise the first with some of them. An IoError where they are missing, with the command
/// that fetches them; a FormatError where the content is not what it should be: image size, number of images
/// and labels, a label past 9, or another set of this format, MNIST, Fashion-MNIST or one that its folder is
/// called after, which the first labels, the first image or that name tell. A set of one's own is read.
class MnistFormat : public LabelledImages {
 public:
  Index size() const override { return std::ssize(labels_.bytes); }
  /// [1,28,28]
  Shape sample_shape() const override;
  void read(Index i, std::span<Scalar> pixels) const override;
  int label(Index i) const override;
  const std::vector<std::string>& class_names() const override { return source_->class_names; }
  /// The two files that were read.
  const std::vector<std::filesystem::path>& files() const { return files_; }
  /// CRC-32 of all pixels and labels: equal for equal content.
  std::uint32_t checksum() const;

 protected:
  /// Where a set lies below the root, best first, and what it is called.
  struct Source {
    std::string title;
    std::string download_name;  // what datasets/download.cmake calls it
    std::vector<std::string> folders;
    std::vector<std::string> class_names;
  };

  /// `source` must outlive the data set.
  MnistFormat(const std::filesystem::path& root, Split split, const Source& source);
  static bool any_there(const std::filesystem::path& root, const Source& source);

 private:
  static MnistFolder folder_of(const std::filesystem::path& root, const Source& source);
  void check_index(Index i) const;

  const Source* source_;
  std::vector<std::filesystem::path> files_;
  IdxArray images_, labels_;
};

/// Handwritten digits, 60,000 to train and 10,000 to test, in ROOT, ROOT/mnist or ROOT/MNIST/raw.
/// Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
class Mnist : public MnistFormat {
 public:
  explicit Mnist(const std::filesystem::path& root, Split split = Split::kTrain);
  /// Whether anything of the set is there: false is the time for other data. Of a set that is there in part,
  /// or cannot be read, the constructor says what is wrong.
  static bool available(const std::filesystem::path& root);

 private:
  static const Source& source();
};

/// Photographs of clothing, as many as in MNIST, in ROOT/fashion-mnist, ROOT/FashionMNIST/raw or ROOT.
/// H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
/// algorithms", 2017.
class FashionMnist : public MnistFormat {
 public:
  explicit FashionMnist(const std::filesystem::path& root, Split split = Split::kTrain);
  /// As Mnist::available().
  static bool available(const std::filesystem::path& root);

 private:
  static const Source& source();
};

}  // namespace reel::inline REEL_PRECISION

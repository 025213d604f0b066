// MNIST and Fashion-MNIST: 28x28 grey images in ten classes.
#pragma once

#include <filesystem>

#include <reel/datasets/dataset.h>
#include <reel/datasets/idx.h>

namespace reel::inline REEL_PRECISION {

/// Images in the four IDX files of MNIST. Held in memory as bytes; pixels are read as byte / 255.
///
/// The files are found in any of their usual spellings: `train-images-idx3-ubyte` or
/// `train-images.idx3-ubyte`, plain or `.gz`. Images and labels of a split come from one folder. An IoError
/// where they are missing, with the command that fetches them; a FormatError where the content is not what
/// it should be: image size, number of images and labels, a label past 9.
class MnistFormat : public Dataset {
 public:
  Index size() const override { return std::ssize(labels_.bytes); }
  /// [1,28,28]
  Shape sample_shape() const override;
  void read(Index i, std::span<Scalar> pixels) const override;
  int label(Index i) const override;
  const std::vector<std::string>& class_names() const override { return source_->class_names; }

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
  static bool find_all(const std::filesystem::path& root, const Source& source);

 private:
  void check_index(Index i) const;

  const Source* source_;
  IdxArray images_, labels_;
};

/// Handwritten digits, 60,000 to train and 10,000 to test, in ROOT, ROOT/mnist or ROOT/MNIST/raw.
/// Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
class Mnist : public MnistFormat {
 public:
  explicit Mnist(const std::filesystem::path& root, Split split = Split::kTrain);
  /// Whether the files of both splits are there. An IoError where the folder may not be looked into.
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
  static bool available(const std::filesystem::path& root);

 private:
  static const Source& source();
};

}  // namespace reel::inline REEL_PRECISION

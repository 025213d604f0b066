// CIFAR-10 and CIFAR-100: 32x32 colour photographs in ten and in a hundred classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

/// Images in the binary files of CIFAR: records of one label byte (CIFAR-100: two) and 3,072 pixel bytes, the
/// red, green and blue planes. Held in memory as bytes; pixels are read as byte / 255.
///
/// A file may have any number of records. An IoError where one is missing, with the command that fetches or
/// unpacks it; a FormatError where a file breaks off within a record, is of the other CIFAR, or has a label
/// out of range.
/// A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
class CifarFormat : public LabelledImages {
 public:
  Index size() const override { return count_; }
  /// [3,32,32]
  Shape sample_shape() const override;
  void read(Index i, std::span<Scalar> pixels) const override;
  const std::vector<std::string>& class_names() const override { return *class_names_; }
  /// The files that were read.
  const std::vector<std::filesystem::path>& files() const { return paths_; }
  /// CRC-32 of all records: equal for equal content.
  std::uint32_t checksum() const;

 protected:
  /// The files of one of the two sets.
  struct Source {
    std::string title;
    std::string download_name;       // what datasets/download.cmake calls it
    std::string folder, archive;     // as published; files are also looked for in the root itself
    std::vector<int> classes;        // labels of each of the bytes before the pixels are below these
    std::vector<std::string> names;  // of all its files
  };
  static const Source& cifar10();
  static const Source& cifar100();

  /// Reads `names` one after another from one folder, the root or its own below it; what is referred to must
  /// live on.
  CifarFormat(const std::filesystem::path& root, const std::vector<std::string>& names, const Source& source,
              const std::vector<std::string>& class_names);
  static bool any_there(const std::filesystem::path& root, const Source& source);
  /// The label byte number `byte` of image i.
  int label_byte(Index i, std::size_t byte) const;

 private:
  struct File {
    Index first;  // the number of its first image
    std::string records;
  };
  /// The checked bytes of a file below `root` of `source`, which might be one of `other`.
  static std::string read_records(const std::filesystem::path& path, const std::filesystem::path& root,
                                  const Source& source, const Source& other);
  const char* record(Index i) const;

  const Source* source_;
  const std::vector<std::string>* class_names_;
  std::vector<File> files_;
  std::vector<std::filesystem::path> paths_;
  Index count_ = 0;
};

struct Cifar10Options {
  std::vector<int> batches = {1, 2, 3, 4, 5};  ///< which data_batch files make the training split
};

/// Ten classes, 50,000 images to train and 10,000 to test, in ROOT or ROOT/cifar-10-batches-bin. To hold a
/// part of the training images out:
///   Cifar10 train{root, Split::kTrain, {.batches = {1, 2, 3, 4}}};
///   Cifar10 held_out{root, Split::kTrain, {.batches = {5}}};
class Cifar10 : public CifarFormat {
 public:
  /// No batch, one outside 1 to 5 or one given twice is an Error.
  explicit Cifar10(const std::filesystem::path& root, Split split = Split::kTrain,
                   Cifar10Options options = {});
  int label(Index i) const override { return label_byte(i, 0); }
  /// Whether anything of the set is there: false is the time for other data. Of a set that is there in part
  /// the constructor says what lacks.
  static bool available(const std::filesystem::path& root);
};

enum class Cifar100Labels { kFine, kCoarse };

/// A hundred classes in twenty groups, as many images as CIFAR-10, in ROOT or ROOT/cifar-100-binary. label()
/// and class_names() are those of the kind that is asked for.
class Cifar100 : public CifarFormat {
 public:
  explicit Cifar100(const std::filesystem::path& root, Split split = Split::kTrain,
                    Cifar100Labels labels = Cifar100Labels::kFine);
  int label(Index i) const override {
    return labels_ == Cifar100Labels::kFine ? fine_label(i) : coarse_label(i);
  }
  int coarse_label(Index i) const { return label_byte(i, 0); }  ///< 0 to 19
  int fine_label(Index i) const { return label_byte(i, 1); }    ///< 0 to 99
  static const std::vector<std::string>& coarse_class_names();
  static const std::vector<std::string>& fine_class_names();
  /// As Cifar10::available().
  static bool available(const std::filesystem::path& root);

 private:
  Cifar100Labels labels_;
};

}  // namespace reel::inline REEL_PRECISION

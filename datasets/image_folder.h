// Photographs of one's own: a folder for each class, with image files in it.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/datasets/dataset.h>

namespace reel::inline REEL_PRECISION {

struct ImageFolderOptions {
  /// Of all images, which are resized, with antialias, until they just cover it, and cropped to their middle:
  /// torchvision's Resize(n) and CenterCrop(n) where it is a square. Where absent, all must have one size.
  std::optional<Size2> size = {};
  Index channels = 3;         ///< 3: red, green, blue, 1: grey; made of what a file has, see read_image()
  bool skip_damaged = false;  ///< read all at the start, and leave out those that cannot be decoded
};

/// An image file that was left out, and what its error says.
struct DamagedImage {
  std::filesystem::path path;
  std::string why;
};

/// The images ROOT/CLASS/.../NAME.png: the folders in ROOT, sorted by name, are the classes, and the images of a
/// class all the files in and below its folder that end in .png, .jpg, .jpeg, .pgm, .ppm or .pnm, sorted by
/// path; capital letters do as well, and names that begin with a dot are left out. Links are followed. Files are
/// decoded when they are read, by whichever thread reads them, and not held in memory.
class ImageFolder : public LabelledImages {
 public:
  /// An IoError where there is no such folder, no class in it, or a class without images. Without .size the
  /// first image is read, whose size all must have. One of another size is a ShapeError, a damaged one a
  /// FormatError, when it is read; both name the file. With .skip_damaged all are read here, by several threads.
  explicit ImageFolder(const std::filesystem::path& root, ImageFolderOptions options = {},
                       Location where = {});

  Index size() const override { return std::ssize(images_); }
  /// [channels,H,W]
  Shape sample_shape() const override { return shape_; }
  void read(Index i, std::span<Scalar> pixels) const override;
  int label(Index i) const override { return image(i).label; }
  const std::vector<std::string>& class_names() const override { return class_names_; }

  /// The file of image i.
  const std::filesystem::path& path(Index i) const { return image(i).path; }
  /// What was left out, in the order of the images.
  const std::vector<DamagedImage>& damaged() const { return damaged_; }

 private:
  struct File {
    std::filesystem::path path;
    int label;
  };
  const File& image(Index i) const;
  void find_shape();
  void leave_out_damaged();

  std::filesystem::path root_;
  ImageFolderOptions options_;
  std::vector<std::string> class_names_;
  std::vector<File> images_;
  std::vector<DamagedImage> damaged_;
  Shape shape_;
};

}  // namespace reel::inline REEL_PRECISION

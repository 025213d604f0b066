#include <reel/datasets/image_folder.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/file.h>
#include <reel/core/parallel.h>
#include <reel/datasets/detail/image_formats.h>
#include <reel/datasets/detail/resample.h>
#include <reel/datasets/detail/transform_image.h>

namespace reel::inline REEL_PRECISION {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kEndings{".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pnm"};

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

bool has_image_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

// run(), where a folder that cannot be looked into is an IoError.
template <class F>
void look_into(const fs::path& folder, F run) {
  try {
    run();
  } catch (const fs::filesystem_error& error) {
    throw IoError(
        fmt::format("ImageFolder: {} cannot be looked into: {}", folder.string(), error.code().message()));
  }
}

// The folders in `root`, sorted; and how many images lie beside them, which belong to no class.
std::pair<std::vector<fs::path>, Index> find_classes(const fs::path& root) {
  std::vector<fs::path> folders;
  Index beside = 0;
  look_into(root, [&] {
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
      if (is_hidden(entry.path())) continue;
      if (entry.is_directory())
        folders.push_back(entry.path());
      else if (has_image_ending(entry.path()))
        beside++;
    }
  });
  std::ranges::sort(folders);
  return {std::move(folders), beside};
}

// The images in and below `folder`, sorted. None is an IoError.
std::vector<fs::path> find_images(const fs::path& folder) {
  std::vector<fs::path> images;
  Index others = 0;
  look_into(folder, [&] {
    fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink);
    for (; entry != fs::recursive_directory_iterator(); ++entry) {
      if (is_hidden(entry->path())) {
        entry.disable_recursion_pending();
      } else if (has_image_ending(entry->path()) && !entry->is_directory()) {
        images.push_back(entry->path());
      } else {
        others += !entry->is_directory();
      }
    }
  });
  if (images.empty()) {
    throw IoError(fmt::format(
        "ImageFolder: the class {} has no image that ends in .png, .jpg, .pgm or .ppm, but {} other files; "
        "add some, or remove the folder",
        folder.string(), others));
  }
  std::ranges::sort(images);
  return images;
}

std::vector<fs::path> class_folders(const fs::path& root) {
  std::error_code ignored;
  if (!fs::is_directory(root, ignored)) {
    throw IoError(
        fmt::format("ImageFolder: {} {}, a folder with a folder of images for each class is expected",
                    root.string(), fs::exists(root, ignored) ? "is no folder" : "is not there"));
  }
  auto [folders, beside] = find_classes(root);
  if (folders.empty()) {
    throw IoError(fmt::format(
        "ImageFolder: {} has no folder in it, but {} images; one for each class is expected, as in {}",
        root.string(), beside, (root / "CLASS" / "image.png").string()));
  }
  return std::move(folders);
}

Image decoded(const fs::path& path, Index channels) {
  const std::string name = path.string();
  const DecodedImage decoded = decode_image(read_bytes(name), name);
  Image image = blank_image(channels, {decoded.height, decoded.width});
  write_planes(decoded, channels, image.pixels);
  return image;
}

}  // namespace

ImageFolder::ImageFolder(const fs::path& root, ImageFolderOptions options, Location where)
    : root_(root), options_(options) {
  const OptionCheck check("ImageFolder", where);
  check.require(options.channels == 1 || options.channels == 3, "channels is {}, it must be 1 or 3",
                options.channels);
  if (options.size) check_side(check, *options.size);
  for (const fs::path& folder : class_folders(root)) {
    for (fs::path& path : find_images(folder))
      images_.push_back({std::move(path), static_cast<int>(class_names_.size())});
    class_names_.push_back(folder.filename().string());
  }
  if (options.skip_damaged) leave_out_damaged();
  find_shape();
}

void ImageFolder::leave_out_damaged() {
  std::vector<std::string> why(images_.size());
  parallel_for(size(), 1, [&](Index begin, Index) {
    const auto i = static_cast<std::size_t>(begin);
    try {
      decode_image(read_bytes(images_[i].path.string()), images_[i].path.string());
    } catch (const FormatError& error) {
      why[i] = error.what();
    }
  });
  std::vector<File> whole;
  std::vector<Index> of_class(class_names_.size(), 0);
  for (std::size_t i = 0; i < images_.size(); i++) {
    if (!why[i].empty()) {
      damaged_.push_back({images_[i].path, why[i]});
      continue;
    }
    of_class[static_cast<std::size_t>(images_[i].label)]++;
    whole.push_back(std::move(images_[i]));
  }
  images_ = std::move(whole);
  const auto empty = std::ranges::find(of_class, 0) - of_class.begin();
  if (empty == std::ssize(of_class)) return;
  throw IoError(
      fmt::format("ImageFolder: all images of the class {} are damaged; add others, or remove the folder",
                  (root_ / class_names_[static_cast<std::size_t>(empty)]).string()));
}

void ImageFolder::find_shape() {
  if (options_.size) {
    shape_ = {options_.channels, options_.size->h, options_.size->w};
  } else {
    shape_ = decoded(path(0), options_.channels).shape;
  }
}

const ImageFolder::File& ImageFolder::image(Index i) const {
  if (i < 0 || i >= size())
    throw Error(fmt::format("ImageFolder: image {} is asked for, there are images 0 to {}", i, size() - 1));
  return images_[static_cast<std::size_t>(i)];
}

void ImageFolder::read(Index i, std::span<Scalar> pixels) const {
  const fs::path& file = path(i);
  Image image = decoded(file, options_.channels);
  if (options_.size) {
    const Size2 cover = covering_size(image.shape[1], image.shape[2], *options_.size);
    image = middle_of(resized(std::move(image), cover, {}), *options_.size);
  } else if (image.shape != shape_) {
    throw ShapeError(
        fmt::format("ImageFolder: {} is of {}x{} pixels, {} of {}x{}; give .size, to which all are resized",
                    file.string(), image.shape[1], image.shape[2], path(0).string(), shape_[1], shape_[2]));
  }
  std::ranges::copy(image.pixels, pixels.begin());
}

}  // namespace reel::inline REEL_PRECISION

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/datasets/image_file.h>
#include <reel/datasets/image_folder.h>
#include <reel/datasets/loader.h>

#include "close.h"
#include "compare_support.h"
#include "idx_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
namespace fs = std::filesystem;

namespace {

// A grey image of one number, in bytes.
std::string grey_pgm(int value, int height = 2, int width = 3) {
  return fmt::format("P5 {} {} 255\n", width, height) +
         std::string(static_cast<std::size_t>(height * width), static_cast<char>(value));
}

// Two classes, cat with 3 images and dog with 2, whose numbers tell them apart.
void write_pets(const fs::path& root) {
  write_file(root / "dog/b.pgm", grey_pgm(40));
  write_file(root / "dog/a.PGM", grey_pgm(30));
  write_file(root / "dog/.hidden.pgm", "none");
  write_file(root / "dog/notes.txt", "none");
  write_file(root / "cat/one.pgm", grey_pgm(0));
  write_file(root / "cat/young/two.pnm", grey_pgm(10));
  write_file(root / "cat/young/deep/three.ppm", grey_pgm(20));
  write_file(root / "cat/.thumbnails/one.pgm", "none");
  write_file(root / "readme.txt", "none");
  write_file(root / "beside.pgm", "none");
}

std::vector<double> first_pixels(const ImageFolder& images) {
  std::vector<double> result;
  std::vector<Scalar> pixels(static_cast<std::size_t>(images.sample_shape().numel()));
  for (Index i = 0; i < images.size(); i++) {
    images.read(i, pixels);
    result.push_back(std::round(static_cast<double>(pixels.at(0)) * 255));
  }
  return result;
}

}  // namespace

TEST_CASE("ImageFolder takes each folder for a class and all images below it, sorted") {
  const TempDir root;
  write_pets(root.path());
  const ImageFolder pets(root.path());
  CHECK(pets.class_names() == std::vector<std::string>{"cat", "dog"});
  REQUIRE(pets.size() == 5);
  CHECK(pets.sample_shape() == Shape{3, 2, 3});
  CHECK(first_pixels(pets) == std::vector<double>{0, 20, 10, 30, 40});
  std::vector<int> labels;
  for (Index i = 0; i < 5; i++) labels.push_back(pets.label(i));
  CHECK(labels == std::vector<int>{0, 0, 0, 1, 1});
  CHECK(pets.path(2) == root.path() / "cat/young/two.pnm");
  CHECK(pets.damaged().empty());
  CHECK(ImageFolder(root.path(), {.channels = 1}).sample_shape() == Shape{1, 2, 3});
  for (const Index wrong : {Index{-1}, Index{5}})
    CHECK_THROWS_WITH_AS(pets.label(wrong), doctest::Contains("there are images 0 to 4"), Error);
}

TEST_CASE("ImageFolder follows links to classes and images") {
  const TempDir root, elsewhere;
  write_pets(elsewhere.path());
  fs::create_directory_symlink(elsewhere.path() / "dog", root.path() / "hound");
  fs::create_directories(root.path() / "cat");
  fs::create_symlink(elsewhere.path() / "cat/one.pgm", root.path() / "cat/link.pgm");
  const ImageFolder pets(root.path());
  CHECK(pets.class_names() == std::vector<std::string>{"cat", "hound"});
  CHECK(first_pixels(pets) == std::vector<double>{0, 30, 40});
  fs::create_directory_symlink(root.path() / "cat", root.path() / "cat/again");
  CHECK_THROWS_WITH_AS(ImageFolder(root.path()), doctest::Contains("cannot be looked into"), IoError);
}

TEST_CASE("ImageFolder says what it found where there are no classes or no images") {
  const TempDir root;
  const auto refusal = [&](const fs::path& path) {
    return error_of<IoError>([&] { ImageFolder images(path); });
  };
  CHECK(has(refusal(root.path() / "none"),
            "none is not there, a folder with a folder of images for each class is expected"));
  write_file(root.path() / "file", "x");
  CHECK(has(refusal(root.path() / "file"), "file is no folder"));
  write_file(root.path() / "flat/a.pgm", grey_pgm(1));
  CHECK(has(refusal(root.path() / "flat"),
            "flat has no folder in it, but 1 images; one for each class is expected"));
  write_file(root.path() / "pets/cat/a.pgm", grey_pgm(1));
  write_file(root.path() / "pets/dog/a.webp", "x");
  CHECK(has(refusal(root.path() / "pets"),
            "dog has no image that ends in .png, .jpg, .pgm or .ppm, but 1 other files"));
  CHECK_THROWS_WITH_AS(ImageFolder(root.path() / "pets", {.channels = 2}),
                       doctest::Contains("it must be 1 or 3"), Error);
  CHECK_THROWS_WITH_AS(ImageFolder(root.path() / "pets", {.size = Size2{0, 3}}),
                       doctest::Contains("the height of size is 0"), Error);
}

TEST_CASE("ImageFolder without a size names the image that has another one") {
  const TempDir root;
  write_pets(root.path());
  write_file(root.path() / "dog/b.pgm", grey_pgm(40, 3, 2));
  const ImageFolder pets(root.path());
  std::vector<Scalar> pixels(18);
  pets.read(3, pixels);
  const std::string message = error_of<ShapeError>([&] { pets.read(4, pixels); });
  CHECK(has(message, "dog/b.pgm is of 3x2 pixels"));
  CHECK(has(message, "cat/one.pgm of 2x3; give .size"));
}

TEST_CASE("ImageFolder resizes until the image covers the size, and crops to the middle") {
  const TempDir root;
  const auto ramp = [&](const std::string& name, int height, int width, bool along_rows) {
    std::string file = fmt::format("P5 {} {} 255\n", width, height);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) file += static_cast<char>(along_rows ? 10 * x : 10 * y);
    write_file(root.path() / "all" / name, file);
  };
  ramp("1.pgm", 4, 12, true);
  ramp("2.pgm", 12, 4, false);
  ramp("3.pgm", 2, 2, true);
  const ImageFolder images(root.path(), {.size = 4, .channels = 1});
  REQUIRE(images.sample_shape() == Shape{1, 4, 4});
  const auto check_image = [](const ImageFolder& folder, Index i, const std::vector<double>& expected) {
    std::vector<Scalar> pixels(expected.size());
    folder.read(i, pixels);
    for (Scalar& x : pixels) x *= 255;
    CHECK_CLOSE(pixels, expected);
  };
  check_image(images, 0, {40, 50, 60, 70, 40, 50, 60, 70, 40, 50, 60, 70, 40, 50, 60, 70});
  check_image(images, 1, {40, 40, 40, 40, 50, 50, 50, 50, 60, 60, 60, 60, 70, 70, 70, 70});
  check_image(images, 2, {0, 2.5, 7.5, 10, 0, 2.5, 7.5, 10, 0, 2.5, 7.5, 10, 0, 2.5, 7.5, 10});
  // With antialias: at the edge the triangle's weights are 3, 3 and 1 of 7.
  const double first = 50.0 / 7, last = 110 - first;
  check_image(ImageFolder(root.path(), {.size = Size2{2, 6}, .channels = 1}), 0,
              {first, 25, 45, 65, 85, last, first, 25, 45, 65, 85, last});
}

TEST_CASE("ImageFolder names a damaged image when it is read, or leaves it out where that is asked for") {
  const TempDir root;
  write_pets(root.path());
  write_file(root.path() / "dog/a.PGM", "");
  write_file(root.path() / "cat/young/two.pnm", grey_pgm(1).substr(0, 12));
  const ImageFolder pets(root.path());
  REQUIRE(pets.size() == 5);
  std::vector<Scalar> pixels(18);
  CHECK(has(error_of<FormatError>([&] { pets.read(3, pixels); }), "dog/a.PGM: an image in PNG"));
  CHECK(has(error_of<FormatError>([&] { pets.read(2, pixels); }), "two.pnm: this PGM or PPM image is cut"));

  const ImageFolder whole(root.path(), {.skip_damaged = true});
  CHECK(first_pixels(whole) == std::vector<double>{0, 20, 40});
  CHECK(whole.label(2) == 1);
  REQUIRE(whole.damaged().size() == 2);
  CHECK(whole.damaged()[0].path == root.path() / "cat/young/two.pnm");
  CHECK(has(whole.damaged()[0].why, "two.pnm: this PGM or PPM image is cut"));
  CHECK(whole.damaged()[1].path == root.path() / "dog/a.PGM");

  write_file(root.path() / "dog/b.pgm", "P5");
  const std::string message = error_of<IoError>([&] { ImageFolder(root.path(), {.skip_damaged = true}); });
  CHECK(has(message, "all images of the class"));
  CHECK(has(message, "/dog are damaged"));
}

TEST_CASE("ImageFolder is read by several threads and by a Loader, as read_image reads its files") {
  const TempDir root;
  for (int i = 0; i < 12; i++) {
    fs::create_directories(root.path() / fmt::format("class {}", i % 3));
    write_png(root.path() / fmt::format("class {}/{}.png", i % 3, i), Tensor::rand({3, 8, 9}));
  }
  const ImageFolder images(root.path());
  std::vector<std::vector<Scalar>> read(12, std::vector<Scalar>(3 * 8 * 9));
  std::vector<std::thread> threads;
  for (Index t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      for (Index i = t; i < 12; i += 4) images.read(i, read[static_cast<std::size_t>(i)]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (Index i = 0; i < 12; i++)
    CHECK_CLOSE(read[static_cast<std::size_t>(i)], read_image(images.path(i)).values(), 0);
  Index i = 0;
  Loader loader(images, {.batch = 5});
  for (const auto& [batch, labels] : loader) {
    for (Index n = 0; n < batch.size(0); n++, i++) {
      CHECK_CLOSE(batch.rows(n, n + 1).values(), read[static_cast<std::size_t>(i)], 0);
      CHECK(labels[static_cast<std::size_t>(n)] == i / 4);
    }
  }
  CHECK(i == 12);
}

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>
#include <reel/core/error.h>
#include <reel/datasets/download_command.h>
#include <reel/datasets/mnist.h>

#include "close.h"
#include "datasets/idx_support.h"
#include "support.h"

using namespace reel;
using namespace reel_test;
namespace fs = std::filesystem;

namespace {

std::string labels_file(const std::string& labels) {
  return idx_header({static_cast<std::uint32_t>(labels.size())}) + labels;
}

// Two training and two test images in `folder`; names end in `ending`.
void write_set(const fs::path& folder, const std::string& separator = "-", const std::string& ending = "") {
  const auto packed = [&](const std::string& content) { return ending.empty() ? content : gzip(content); };
  for (const std::string split : {"train", "t10k"}) {
    write_file(folder / (split + "-images" + separator + "idx3-ubyte" + ending),
               packed(idx_file({2, 28, 28})));
    write_file(folder / (split + "-labels" + separator + "idx1-ubyte" + ending),
               packed(labels_file(split == "train" ? "\x07\x02" : "\x09\x01")));
  }
}

template <class E>
std::string refusal(const fs::path& root) {
  try {
    Mnist mnist(root);
  } catch (const E& error) {
    return error.what();
  }
  return "no such error";
}

}  // namespace

TEST_CASE("Mnist reads pixels as byte / 255 and labels") {
  const TempDir root;
  write_set(root.path());
  const Mnist train(root.path()), test(root.path(), Split::kTest);
  CHECK(train.size() == 2);
  CHECK(train.sample_shape() == Shape{1, 28, 28});
  CHECK(train.label(0) == 7);
  CHECK(train.label(1) == 2);
  CHECK(test.label(0) == 9);
  std::vector<Scalar> pixels(784);
  train.read(1, pixels);
  CHECK(pixels[0] == static_cast<Scalar>(784 % 251) / 255);
  CHECK(pixels[783] == static_cast<Scalar>((2 * 784 - 1) % 251) / 255);
  CHECK(train.class_names().size() == 10);
  CHECK(train.class_names()[7] == "7");
}

TEST_CASE("Mnist finds every usual spelling in every usual folder") {
  for (const char* folder : {"", "mnist", "MNIST/raw"}) {
    for (const char* separator : {"-", "."}) {
      for (const char* ending : {"", ".gz"}) {
        const TempDir root;
        CHECK_FALSE(Mnist::available(root.path()));
        write_set(root.path() / folder, separator, ending);
        CHECK(Mnist::available(root.path()));
        CHECK(Mnist(root.path()).label(0) == 7);
      }
    }
  }
}

TEST_CASE("FashionMnist prefers its own folder to the root") {
  const TempDir root;
  write_set(root.path());
  CHECK(FashionMnist(root.path()).label(0) == 7);
  write_set(root.path() / "FashionMNIST/raw");
  write_file(root.path() / "FashionMNIST/raw/train-labels-idx1-ubyte", labels_file("\x03\x04"));
  CHECK(FashionMnist(root.path()).label(0) == 3);
  write_set(root.path() / "fashion-mnist");
  write_file(root.path() / "fashion-mnist/train-labels-idx1-ubyte", labels_file("\x05\x06"));
  const FashionMnist fashion(root.path());
  CHECK(fashion.label(0) == 5);
  CHECK(fashion.class_names()[9] == "Ankle boot");
  CHECK(FashionMnist::available(root.path()));
  CHECK(Mnist(root.path()).label(0) == 7);
}

TEST_CASE("Mnist takes images and labels from one folder, and no folder for a file") {
  const TempDir root;
  write_set(root.path() / "mnist");
  write_file(root.path() / "train-images-idx3-ubyte", idx_file({1, 28, 28}));  // without labels beside it
  CHECK(Mnist(root.path()).size() == 2);
  write_set(root.path(), ".");
  fs::remove(root.path() / "train-images-idx3-ubyte");
  fs::create_directory(root.path() / "train-images-idx3-ubyte");
  CHECK(Mnist(root.path()).size() == 2);
}

TEST_CASE("Mnist that is not there says where it was looked for and what fetches it") {
  const TempDir root;
  const std::string message = refusal<IoError>(root.path());
  CHECK(has(message, "MNIST: train-images-idx3-ubyte"));
  CHECK(has(message, (root.path() / "mnist").string() + ", " + (root.path() / "MNIST/raw").string()));
  CHECK(has(message, download_command("mnist", root.path())));
  CHECK(has(refusal<IoError>(root.path() / "my data"),
            "-D DIR='" + (root.path() / "my data").string() + "' -P"));
  CHECK_THROWS_WITH_AS(FashionMnist(root.path(), Split::kTest), doctest::Contains("DATASET=fashion-mnist"),
                       IoError);
  CHECK_THROWS_WITH_AS(FashionMnist(root.path(), Split::kTest), doctest::Contains("t10k-images"), IoError);
  write_file(root.path() / "train-images-idx3-ubyte", idx_file({1, 28, 28}));
  CHECK_FALSE(Mnist::available(root.path()));
}

TEST_CASE("Mnist in a folder that may not be looked into says so") {
  const TempDir root;
  fs::create_symlink("loop", root.path() / "loop");
  CHECK(has(refusal<IoError>(root.path() / "loop"), "cannot be looked at: "));
  CHECK_THROWS_AS(Mnist::available(root.path() / "loop"), IoError);
}

TEST_CASE("Mnist refuses files that do not belong together") {
  const TempDir root;
  write_set(root.path());
  const fs::path images = root.path() / "train-images-idx3-ubyte",
                 labels = root.path() / "train-labels-idx1-ubyte";
  write_file(labels, labels_file("\x01\x02\x03"));
  CHECK(has(refusal<FormatError>(root.path()), "has 2 images but " + labels.string() + " has 3 labels"));
  write_file(labels, labels_file("\x01\x0a"));
  CHECK(has(refusal<FormatError>(root.path()), "has label 10 for image 1, labels are 0 to 9"));
  write_file(images, idx_file({2, 32, 28}));
  CHECK(has(refusal<FormatError>(root.path()), "has images of 32x28 pixels, 28x28 are expected"));
  write_file(images, labels_file("\x01\x02"));
  CHECK(has(refusal<FormatError>(root.path()), "holds labels"));
}

TEST_CASE("Mnist refuses images that it does not have and buffers of another size") {
  const TempDir root;
  write_set(root.path());
  const Mnist mnist(root.path());
  std::vector<Scalar> pixels(784), few(10);
  CHECK_THROWS_WITH_AS(mnist.read(2, pixels),
                       doctest::Contains("MNIST: image 2 is asked for, there are images 0 to 1"), Error);
  CHECK_THROWS_AS(mnist.read(-1, pixels), Error);
  CHECK_THROWS_AS(mnist.label(2), Error);
  CHECK_THROWS_WITH_AS(mnist.read(0, few), doctest::Contains("MNIST: read() is given 10 pixels"), ShapeError);
}

TEST_CASE("Mnist reads the published files") {
  const char* data = std::getenv("REEL_DATA");
  if (!data || !Mnist::available(data)) {
    MESSAGE("skipped: set REEL_DATA to a folder with MNIST");
    return;
  }
  const Mnist train(data), test(data, Split::kTest);
  CHECK(train.size() == 60000);
  CHECK(test.size() == 10000);
  CHECK(train.label(0) == 5);
  CHECK(test.label(0) == 7);
  // The published mean and deviation of the training pixels, 0.1307 and 0.3081.
  double sum = 0, squares = 0;
  std::vector<Scalar> pixels(784);
  for (Index i = 0; i < train.size(); i++) {
    train.read(i, pixels);
    for (const Scalar p : pixels) {
      sum += p;
      squares += static_cast<double>(p) * p;
    }
  }
  const double count = 60000.0 * 784, mean = sum / count;
  CHECK_CLOSE(mean, 0.1307, kPublishedTolerance);
  CHECK_CLOSE(std::sqrt(squares / count - mean * mean), 0.3081, kPublishedTolerance);
}

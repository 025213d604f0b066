#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reel/core/error.h>
#include <reel/datasets/detail/download_command.h>
#include <reel/datasets/mnist.h>

#include "close.h"
#include "compare_support.h"
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

// An image that has this CRC-32: the polynomial is divided back through its last four pixels.
std::string image_of_checksum(std::uint32_t checksum) {
  std::string image(784, '\3');
  const auto before =
      ~static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(image.data()), 780));
  std::uint32_t state = ~checksum;
  for (int bit = 0; bit < 32; bit++) state = state >> 31 ? (state ^ 0xedb88320u) << 1 | 1u : state << 1;
  for (std::size_t k = 0; k < 4; k++) image[780 + k] = static_cast<char>((state ^ before) >> 8 * k & 255u);
  return image;
}

template <class E, class Set = Mnist>
std::string mnist_refusal(const fs::path& root) {
  try {
    Set set(root);
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
  const std::string message = mnist_refusal<IoError>(root.path());
  CHECK(has(message, "MNIST: train-images-idx3-ubyte and the other three files"));
  CHECK(has(message, (root.path() / "mnist").string() + ", " + (root.path() / "MNIST/raw").string()));
  CHECK(has(message, download_command("mnist", root.path())));
  CHECK(has(mnist_refusal<IoError>(root.path() / "my data"),
            "-D DIR='" + (root.path() / "my data").string() + "' -P"));
  CHECK_THROWS_WITH_AS(FashionMnist(root.path(), Split::kTest), doctest::Contains("DATASET=fashion-mnist"),
                       IoError);
  CHECK_FALSE(Mnist::available(root.path()));
}

TEST_CASE("Mnist in a folder that may not be looked into says so") {
  const TempDir root;
  fs::create_symlink("loop", root.path() / "loop");
  CHECK(has(mnist_refusal<IoError>(root.path() / "loop"), "cannot be looked at: "));
  CHECK(Mnist::available(root.path() / "loop"));
  write_set(root.path() / "mnist");
  fs::permissions(root.path(), fs::perms::all);
  fs::permissions(root.path() / "mnist", fs::perms::none);
  const int status = status_of_child([&] {
    const bool told = has(mnist_refusal<IoError>(root.path()),
                          "mnist/train-images-idx3-ubyte cannot be looked at: Permission denied");
    _exit(told && Mnist::available(root.path()) ? 7 : 1);
  });
  fs::permissions(root.path() / "mnist", fs::perms::owner_all);
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("A part of MNIST is no reason for other data: what lacks or cannot be read is said") {
  const char* name = "t10k-labels-idx1-ubyte";
  const auto told = [](const fs::path& root) {
    CHECK(Mnist::available(root));
    CHECK(Mnist(root).size() == 2);  // the other split is as it was
    return error_of<IoError>([&] { Mnist(root, Split::kTest); });
  };
  const TempDir root;
  write_set(root.path() / "mnist");
  const fs::path file = root.path() / "mnist" / name;
  fs::remove(file);
  CHECK(has(told(root.path()), "mnist has no t10k-labels-idx1-ubyte (or .gz), all four files"));
  CHECK(has(told(root.path()), "DATASET=mnist"));
  fs::create_symlink("nowhere", file);
  CHECK(has(told(root.path()), file.string() + " is a link that leads nowhere"));
  fs::remove(file);
  fs::create_directory(file);
  CHECK(has(told(root.path()), file.string() + " is a folder, a file is expected"));
  fs::remove(file);
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  CHECK(has(told(root.path()), file.string() + " is no regular file"));
}

TEST_CASE("MNIST whose folder is a link to a disk that is not there is no absent one") {
  const TempDir root;
  fs::create_symlink("/no/such/disk", root.path() / "mnist");
  CHECK(Mnist::available(root.path()));
  CHECK(has(mnist_refusal<IoError>(root.path()), "mnist is a link that leads nowhere"));
}

TEST_CASE("MNIST whose folder, or one above it, is a file or a link that leads nowhere is no absent one") {
  const TempDir root;
  const auto told = [&](const fs::path& place, const std::string& why) {
    CHECK(Mnist::available(root.path()));
    return mnist_refusal<IoError>(root.path()) == "MNIST: " + place.string() + " " + why;
  };
  const fs::path above = root.path() / "MNIST", own = root.path() / "mnist";
  fs::create_symlink("/no/such/disk", above);
  CHECK(told(above, "is a link that leads nowhere"));
  fs::remove(above);
  write_file(above, "no folder");
  CHECK(told(above, "is a file, the folder of the data files is expected"));
  CHECK(FashionMnist::available(root.path()) == false);
  fs::remove(above);
  write_file(own, "no folder");
  CHECK(told(own, "is a file, the folder of the data files is expected"));
  CHECK(Mnist::available(own));  // the root itself
  CHECK(has(mnist_refusal<IoError>(own), "is a file, the folder of the data files is expected"));
  write_set(root.path() / "MNIST/raw");
  CHECK(Mnist(root.path()).size() == 2);
}

TEST_CASE("Both splits of MNIST are read from one folder") {
  const TempDir root;
  write_set(root.path() / "mnist");
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}) {
    fs::copy(root.path() / "mnist" / name, root.path() / name);
    fs::remove(root.path() / "mnist" / name);
  }
  CHECK(Mnist(root.path()).size() == 2);
  CHECK(has(error_of<IoError>([&] { Mnist(root.path(), Split::kTest); }), "has no t10k-images-idx3-ubyte"));
  write_set(root.path() / "MNIST/raw");  // all four: this one is taken, for both
  write_file(root.path() / "MNIST/raw/train-labels-idx1-ubyte", labels_file("\x03\x04"));
  CHECK(Mnist(root.path()).label(0) == 3);
  CHECK(Mnist(root.path(), Split::kTest).label(0) == 9);
}

TEST_CASE("A damaged file beside a whole one of another spelling: the way out ends at the whole one") {
  const TempDir root;
  write_set(root.path(), "-", ".gz");
  const fs::path damaged = root.path() / "train-images-idx3-ubyte";
  write_file(damaged, idx_file({2, 28, 28}).substr(0, 100));
  const std::string message = mnist_refusal<FormatError>(root.path());
  CHECK(has(message, damaged.string() + " ends at image 0 of 2"));
  CHECK(has(message, "remove it and fetch it again; without it, " + damaged.string() + ".gz is read"));
  fs::remove(damaged);
  CHECK(Mnist(root.path()).size() == 2);
}

TEST_CASE("Images that are many more than the labels are refused before they are unpacked") {
  const TempDir root;
  write_set(root.path());
  // A promise of 3 TB: an attempt to unpack what is there would end as a damaged file.
  write_file(root.path() / "train-images-idx3-ubyte", gzip(idx_header({0xffffffff, 28, 28}) + "pixels"));
  CHECK(has(mnist_refusal<FormatError>(root.path()), "has 4294967295 images but"));
}

TEST_CASE("The files of another set are told by the set's name") {
  const std::string mnist("\5\0\4\1\x9\2\1\3\1\4\3", 11), fashion("\x9\0\0\3\0\2\7\2\5\5\0", 11),
      mnist_test("\7\2\1\0\4\1\4\x9\5\x9\0", 11);
  const auto write_labelled = [](const fs::path& folder, const std::string& labels) {
    write_file(folder / "train-images-idx3-ubyte", idx_file({11, 28, 28}));
    write_file(folder / "train-labels-idx1-ubyte", labels_file(labels));
  };
  const auto fashion_of = [](const fs::path& root) { return FashionMnist(root).size(); };
  const TempDir root;
  write_labelled(root.path(), mnist);
  CHECK(Mnist::available(root.path()));
  CHECK(has(error_of<FormatError>([&] { fashion_of(root.path()); }),
            "holds MNIST; Fashion-MNIST is fetched with"));
  CHECK_FALSE(FashionMnist::available(root.path()));
  write_labelled(root.path() / "fashion-mnist", fashion);
  CHECK(fashion_of(root.path()) == 11);
  CHECK(has(error_of<IoError>([&] { FashionMnist(root.path(), Split::kTest); }),
            "fashion-mnist has no t10k-images-idx3-ubyte"));
  CHECK(has(mnist_refusal<FormatError>(root.path() / "fashion-mnist"),
            "holds Fashion-MNIST; MNIST is fetched with"));
  write_labelled(root.path(), mnist_test);
  CHECK(has(mnist_refusal<FormatError>(root.path()),
            "holds labels of MNIST's test images, MNIST's training images"));
  for (const char* folder : {"KMNIST/raw", "emnist", "QMNIST", "FashionMNIST/raw/"}) {
    const TempDir other;
    write_set(other.path() / folder);
    CHECK(has(mnist_refusal<FormatError>(other.path() / folder), "; MNIST is fetched with"));
  }
}

TEST_CASE("Images of another known set are refused by its name, and one's own beside any labels are read") {
  const std::vector<std::string> whose{"MNIST's training", "MNIST's test", "Fashion-MNIST's training",
                                       "Fashion-MNIST's test"};
  const std::vector<std::uint32_t> checksums{0x90a92752, 0x7eb3cd06, 0xf270beb5, 0x52830860};  // of the first
  const std::string mnist("\5\0\4\1\x9\2\1\3\1\4", 10), fashion("\x9\0\0\3\0\2\7\2\5\5", 10);
  const TempDir root;
  const fs::path images = root.path() / "train-images-idx3-ubyte",
                 labels = root.path() / "train-labels-idx1-ubyte";
  const std::string fine = "no such error";
  for (std::size_t i = 0; i < whose.size(); i++) {
    const std::string rest(9 * 784, '\1');
    write_file(images, idx_header({10, 28, 28}) + image_of_checksum(checksums[i]) + rest);
    const std::string holds = fmt::format("{} holds pixels of {} images", images.string(), whose[i]);
    write_file(labels, labels_file(mnist));
    CHECK(has(mnist_refusal<FormatError>(root.path()), i == 0 ? fine : holds));
    write_file(labels, labels_file(fashion));
    CHECK(has(mnist_refusal<FormatError, FashionMnist>(root.path()), i == 2 ? fine : holds));
  }
  write_file(images, idx_file({10, 28, 28}));
  for (const std::string& any : {mnist, std::string(10, '\2')}) {
    write_file(labels, labels_file(any));
    CHECK(Mnist(root.path()).size() == 10);
  }
}

TEST_CASE("The checksum of a set tells other pixels and other labels") {
  const TempDir root;
  write_set(root.path());
  const std::uint32_t checksum = Mnist(root.path()).checksum();
  CHECK(Mnist(root.path()).checksum() == checksum);
  CHECK(Mnist(root.path()).files() ==
        std::vector{root.path() / "train-images-idx3-ubyte", root.path() / "train-labels-idx1-ubyte"});
  write_file(root.path() / "train-labels-idx1-ubyte", labels_file("\x02\x07"));
  CHECK(Mnist(root.path()).checksum() != checksum);
  write_set(root.path());
  std::string images = idx_file({2, 28, 28});
  images.back() ^= 1;
  write_file(root.path() / "train-images-idx3-ubyte", images);
  CHECK(Mnist(root.path()).checksum() != checksum);
}

TEST_CASE("Mnist refuses files that do not belong together") {
  const TempDir root;
  write_set(root.path());
  const fs::path images = root.path() / "train-images-idx3-ubyte",
                 labels = root.path() / "train-labels-idx1-ubyte";
  write_file(labels, labels_file("\x01\x02\x03"));
  CHECK(
      has(mnist_refusal<FormatError>(root.path()), "has 2 images but " + labels.string() + " has 3 labels"));
  write_file(labels, labels_file("\x01\x0a"));
  CHECK(has(mnist_refusal<FormatError>(root.path()), "has label 10 for image 1, labels are 0 to 9"));
  write_file(images, idx_file({2, 32, 28}));
  CHECK(has(mnist_refusal<FormatError>(root.path()), "has images of 32x28 pixels, 28x28 are expected"));
  write_file(images, labels_file("\x01\x02"));
  CHECK(has(mnist_refusal<FormatError>(root.path()), "holds labels"));
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
  // The published mean and deviation of the training pixels.
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
  CHECK_CLOSE(mean, 0.1306604762738429, kPublishedTolerance);
  CHECK_CLOSE(std::sqrt(squares / count - mean * mean), 0.30810780717887876, kPublishedTolerance);
}

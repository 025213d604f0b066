// What the playground trains on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <reel/reel.h>

namespace reel::playground {

/// Images to train on, and others to judge by.
struct Data {
  std::string title;
  std::shared_ptr<const LabelledImages> train, test;
};

/// 60,000 digits that Reel draws, and 1,000 others.
Data generated_digits();
/// The four files of MNIST in a folder, plain or gzipped; of the test images 1,000. Errors as Mnist's.
Data mnist_in(const std::filesystem::path& folder);

/// Images as whoever decoded them gives them: bytes [N,C,H,W], and a class for each.
struct Pictures {
  Shape shape;  ///< of one, [C,H,W]
  std::vector<std::uint8_t> pixels;
  std::vector<int> labels;
  std::vector<std::string> class_names;
};
/// Every fifth image of a class is kept to judge by. Fewer than two classes, and a class of fewer than five images, are
/// an Error.
Data pictures(Pictures all);

}  // namespace reel::playground

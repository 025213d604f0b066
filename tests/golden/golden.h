// Reads the reference values in golden/, which PyTorch computed in double.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <reel/core/tensor.h>

namespace reel_test::inline REEL_PRECISION {

/// One case of a golden file: what was computed, with which parameters, from and to which tensors.
struct GoldenCase {
  std::string label;  ///< "ops 0012 add", for messages
  std::string op;
  std::map<std::string, std::vector<double>>
      numbers;  ///< a single number is a list of one, a truth value 0 or 1
  std::map<std::string, std::string> texts;
  std::map<std::string, reel::Tensor> tensors;

  /// x0, x1, ...
  std::vector<reel::Tensor> inputs() const;
  const reel::Tensor& tensor(const std::string& name) const { return tensors.at(name); }
  /// A parameter, or a tensor of one number: JSON has no infinity.
  double number(const std::string& name, double otherwise = 0) const;
  reel::Index integer(const std::string& name, reel::Index otherwise = 0) const;
  bool flag(const std::string& name, bool otherwise = false) const;
  std::vector<reel::Index> integers(const std::string& name) const;
  /// From [h, w] and from [top, bottom, left, right].
  reel::Size2 size(const std::string& name, reel::Size2 otherwise = 1) const;
  reel::Padding2 padding() const;
};

/// The cases of golden/<file>.safetensors.
std::vector<GoldenCase> read_goldens(const std::string& file);
/// The path of golden/<file>.safetensors.
std::string golden_path(const std::string& file);
/// The path of data/<name>, a file that a test reads.
std::string data_path(const std::string& name);
/// The path of ops.h.
std::string ops_header();

}  // namespace reel_test::inline REEL_PRECISION

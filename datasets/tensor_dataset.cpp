#include <reel/datasets/tensor_dataset.h>

#include <utility>

#include <fmt/format.h>

#include <reel/core/option_check.h>
#include <reel/datasets/detail/sample_order.h>

namespace reel::inline REEL_PRECISION {
namespace {

Located<std::vector<Tensor>> one_input(const Located<Tensor>& input) {
  return {std::vector<Tensor>{input}, input.where};
}

Tensor row(const Tensor& rows, Index i) {
  return rows.rows(i, i + 1).reshape(rows.shape().sizes().subspan(1));
}

}  // namespace

TensorDataset::TensorDataset(const Located<Tensor>& inputs, Tensor targets)
    : TensorDataset(one_input(inputs), std::move(targets)) {}

TensorDataset::TensorDataset(const Located<Tensor>& inputs, std::vector<int> labels,
                             std::vector<std::string> class_names)
    : TensorDataset(one_input(inputs), std::move(labels), std::move(class_names)) {}

TensorDataset::TensorDataset(const Located<std::vector<Tensor>>& inputs, Tensor targets)
    : inputs_(inputs), targets_(std::move(targets)) {
  check(inputs.where);
}

TensorDataset::TensorDataset(const Located<std::vector<Tensor>>& inputs, std::vector<int> labels,
                             std::vector<std::string> class_names)
    : inputs_(inputs), labels_(std::move(labels)), class_names_(std::move(class_names)) {
  check(inputs.where);
}

void TensorDataset::check(Location where) const {
  const OptionCheck check("TensorDataset", where);
  const auto check_rows = [&](const std::string& name, const Tensor& tensor) {
    check.require(tensor.defined(), "{} is an undefined tensor", name);
    check.require<ShapeError>(tensor.dim() > 0, "{} has shape [], [N,...] is expected", name);
    check.require<ShapeError>(tensor.size(0) == size(),
                              "{} has shape {}, input 0 has {}; as many samples are expected", name,
                              tensor.shape(), inputs_[0].shape());
  };
  check.require(!inputs_.empty(), "there is no input");
  for (std::size_t k = 0; k < inputs_.size(); k++) check_rows(fmt::format("input {}", k), inputs_[k]);
  if (targets_.defined()) check_rows("the target", targets_);
  check.require<ShapeError>(!labels_ || std::ssize(*labels_) == size(),
                            "{} labels are given, input 0 has shape {}; a label for each sample is expected",
                            labels_ ? labels_->size() : 0, inputs_[0].shape());
}

Sample TensorDataset::sample(Index i) const {
  detail::check_sample_index("TensorDataset", i, size());
  Sample sample;
  for (const Tensor& input : inputs_) sample.inputs.push_back(row(input, i));
  if (targets_.defined()) sample.target = row(targets_, i);
  if (labels_) sample.label = (*labels_)[static_cast<std::size_t>(i)];
  return sample;
}

}  // namespace reel::inline REEL_PRECISION

// Eigen's view of a tensor, for programs that want its expressions. Reel's other headers do not include
// Eigen; a program that includes this one links Eigen itself (find_package(Eigen3), Eigen3::Eigen).
#pragma once

#include <Eigen/Core>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {

using EigenMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The elements of a tensor as a matrix, without a copy: the last dimension is the columns, all others
/// together the rows. It is good as long as the tensor lives. To write there is a form of its own, which
/// counts as an in-place change (see Tensor::version).
inline Eigen::Map<EigenMatrix> as_mutable_matrix(Tensor& tensor) {
  const Index columns = tensor.dim() > 0 ? tensor.size(-1) : 1;
  return {tensor.mutable_data(), columns > 0 ? tensor.numel() / columns : 0, columns};
}
inline Eigen::Map<const EigenMatrix> as_matrix(const Tensor& tensor) {
  const Index columns = tensor.dim() > 0 ? tensor.size(-1) : 1;
  return {tensor.data(), columns > 0 ? tensor.numel() / columns : 0, columns};
}

}  // namespace reel::inline REEL_PRECISION

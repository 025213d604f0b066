// `print`: a tensor or a slice of it, as far as it exists.
#include <reel/core/inspect/terminal/detail/commands.h>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr Index kMostWithMove = 64;       // numbers that a move shows unasked
constexpr Index kMostInData = 1000;       // numbers of a tensor for programs: as many as people see, too
constexpr Index kMostCopied = 1'000'000;  // numbers of a slice

// The numbers of a slice, in a tensor of their own.
Tensor copy_slice(const Tensor& tensor, const SliceRef& slice, const std::string& name) {
  std::vector<Index> sizes, kept;
  for (const IndexRange& range : slice.ranges) {
    sizes.push_back(range.end - range.begin);
    if (!range.dropped) kept.push_back(sizes.back());
  }
  const Shape shape(sizes);
  if (shape.numel() > kMostCopied) {
    throw Error(
        say("{} has {} numbers; a slice is printed up to {}, narrow it", name, shape.numel(), kMostCopied));
  }
  Tensor result = Tensor::uninitialized(Shape(kept));
  std::vector<Index> index(sizes.size());
  for (Scalar& value : result.mutable_values()) {
    Index from = 0;
    for (std::size_t d = 0; d < index.size(); d++) {
      from = from * tensor.size(static_cast<Index>(d)) + slice.ranges[d].begin + index[d];
    }
    value = tensor.data()[from];
    next_index(shape, index);
  }
  return result;
}

Answer show(const std::string& name, const Tensor& tensor, const std::string& so_far) {
  const std::string behind = so_far.empty() ? "" : ", " + so_far;
  Answer answer;
  if (tensor.numel() == 1) {
    answer.text = fmt::format("{} = {}{}\n", name, number_text(tensor.data()[0]), behind);
  } else {
    answer.text = fmt::format("{} {}{}\n{}\n", name, tensor.shape(), behind, tensor);
  }
  answer.data = {{"tensor", name}, {"shape", tensor.shape().sizes()}};
  if (tensor.numel() > kMostInData) {
    answer.data.add({{"values_left_out", tensor.numel()}});
  } else {
    answer.data.add({{"values", tensor.values()}});
  }
  return answer;
}

}  // namespace

Answer print(const Session& session, std::string_view text) {
  const SliceRef slice = parse_slice(session.trace(), text);
  Tensor tensor = session.visible(slice);
  const std::string name = text_of(session.trace(), slice) + slice.text;
  if (!slice.text.empty()) tensor = copy_slice(tensor, slice, name);
  return show(name, tensor, so_far_text(session.trace(), slice, session.time));
}

Answer print_made(const Trace& trace, std::size_t event) {
  const TensorRef made = made_by(trace, event);
  const Tensor tensor = existing(trace, made, event + 1);
  const std::string name = text_of(trace, made);
  if (tensor.numel() <= kMostWithMove) return show(name, tensor, so_far_text(trace, made, event + 1));
  return {say("{} {}: `print {}` shows it\n", name, tensor.shape(), name),
          {{"tensor", name}, {"shape", tensor.shape().sizes()}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect

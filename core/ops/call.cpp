// Records an op on the tape of its inputs; checks dimensions and shapes.
#include <reel/core/ops/detail/call.h>

namespace reel::inline REEL_PRECISION {

Var Call::record(std::unique_ptr<Op> op, const Shape& result, std::initializer_list<Var> inputs) const {
  return record(std::move(op), result, std::span(inputs.begin(), inputs.size()));
}

Var Call::record(std::unique_ptr<Op> op, const Shape& result, std::span<const Var> inputs) const {
  while (inputs.size() > 1 && !inputs.back().defined()) inputs = inputs.first(inputs.size() - 1);
  check<Error>(!inputs.empty(), "at least one input is needed");
  op->built_in_ = true;
  return inputs.front().tape(caller()).apply({std::move(op), where()}, result, inputs);
}

Index Call::dim(const Shape& shape, Index d) const {
  check(-shape.dim() <= d && d < shape.dim(), "dimension {} is out of range for input {}, which has {}", d,
        shape, shape.dim());
  return shape.resolve(d);
}

Index Call::new_dim(const Shape& shape, Index d) const {
  const Index dims = shape.dim() + 1;
  check(-dims <= d && d < dims, "new dimension {} is out of range for input {}: the result has {}", d, shape,
        dims);
  return d < 0 ? d + dims : d;
}

Shape Call::make_shape(std::span<const Index> sizes, std::string_view of_what) const {
  try {
    return Shape(sizes);
  } catch (const ShapeError& error) {
    throw ShapeError(fmt::format("{}: {}: {}", label(), of_what, error.what()));
  }
}

}  // namespace reel::inline REEL_PRECISION

// What the tape keeps of a node, and how its errors name it. Internal to the tape's .cpp files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/tape.h>

namespace reel::inline REEL_PRECISION {

struct Tape::Node {
  std::unique_ptr<Op> op;          // none for a leaf, nor once computed on a tape that does not record
  const char* kind = nullptr;      // of a leaf: "input", "variable", "parameter"
  Parameter* parameter = nullptr;  // of a parameter's leaf
  std::uint32_t first_edge = 0, edge_count = 0;
  bool wants_grad = false;
  bool fused_relu = false;    // a relu that ran together with the op before it
  bool grad_masked = false;   // of a fused relu: its grad is 0 already where its output is
  std::uint64_t version = 0;  // of the value when it was computed
  Shape shape;
  Tensor value;  // undefined while it waits, and where a chain passed it over
  Tensor grad;
  Tensor mask;  // the output of a fused relu that grad has yet to be masked by
  Location where;
  std::string scope, given_name, op_name;  // op_name where there is no op to ask

  bool changed() const { return value.defined() && value.version() != version; }
};

namespace detail {

/// Runs a forward or backward and puts what label() says of its op at the head of its errors, those of a lack
/// of memory included.
template <class Label, class F>
auto with_label(Label&& label, F&& run) {
  try {
    return run();
  } catch (const ShapeError& error) {
    throw ShapeError(fmt::format("{}: {}", label(), error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", label(), error.what()));
  }
}

}  // namespace detail

}  // namespace reel::inline REEL_PRECISION

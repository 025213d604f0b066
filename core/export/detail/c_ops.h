// One call of an op in C. Internal to export_c.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <reel/core/export/detail/c_program.h>
#include <reel/core/op_facts.h>

namespace reel::inline REEL_PRECISION::c {

/// What is known of a call before its arrays have names.
struct Call {
  const OpFacts& facts;
  std::vector<Value> inputs;
  Shape output;
};

/// How a call is written.
class Writer {
 public:
  virtual ~Writer() = default;
  /// Whether the output may lie where input `i` does.
  virtual bool may_overwrite(std::size_t i) const = 0;
  /// What it computes, as a comment says it.
  virtual std::string text(const std::vector<Value>& inputs, const Value& output) const = 0;
  /// Loops that write `output`, from the inputs as they are called now.
  virtual void write(Program& program, const std::vector<Value>& inputs, const Value& output) const = 0;
};

/// None where the op says nothing of itself that C can be made of, or reads an input that changes otherwise than it says.
std::unique_ptr<Writer> writer_of(const Call& call);

/// Whether the output has the same numbers in the same order as input 0.
bool is_reshape(const Call& call);

// One of each kind; null where the call is none.
std::unique_ptr<Writer> formula_writer(const Call& call);
std::unique_ptr<Writer> function_writer(const Call& call);
std::unique_ptr<Writer> normalization_writer(const Call& call);
/// Of what has no formula: "MaxPool", "ReduceMax", "Max", "Min", "Div", "Softmax" and "LogSoftmax" of ONNX.
std::unique_ptr<Writer> operator_writer(const Call& call);

}  // namespace reel::inline REEL_PRECISION::c

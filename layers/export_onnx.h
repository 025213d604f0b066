// Networks as ONNX files, which ONNX Runtime and many other programs run.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

struct OnnxOptions {
  Index batch = 0;  ///< 0: the file is for batches of any size; else for those of this size alone
};

/// Writes the module, as it is in eval(), as an ONNX file (opset 17, IR version 8; https://onnx.ai) of one input
/// "input" and one output "output", in float whatever Scalar is. The first size of `input`, say {1, 1, 28, 28}, is the
/// batch's. Weights and running statistics are named as in the state_dict, "conv1.weight". The module
/// stays as it is; an earlier file of that path stays whole until the new one is.
///
/// What is written is what forward() records for a batch of random numbers, or of `example`, [1,...], where the module
/// does not take any numbers, as an embedding does not. A way that forward() took because of its input's numbers, or a
/// tensor that it made of them outside of the tape, is the file's for every input: the result says so, a sentence for
/// each; it is empty where there is nothing of the kind.
///
/// An Error where an op has no form in ONNX, as one of the program's own without OpFacts::in_onnx, with its name and
/// its layer, and where what is recorded depends on the size of batches of any size in a way that ONNX cannot say.
/// IoError.
std::vector<std::string> export_onnx(Located<Module&> module, const Shape& input, const std::string& path,
                                     OnnxOptions options = {});
std::vector<std::string> export_onnx(Located<Module&> module, const Tensor& example, const std::string& path,
                                     OnnxOptions options = {});
/// A module of several inputs or outputs, "input0", "input1", ... and "output0", ...: `forward` calls it.
///   export_onnx(net, {image, metadata}, [&](auto in) { return std::vector{net(in[0], in[1])}; }, "net.onnx");
std::vector<std::string> export_onnx(Located<ModuleBase&> module, const std::vector<Tensor>& examples,
                                     const std::function<std::vector<Var>(std::span<const Var>)>& forward,
                                     const std::string& path, OnnxOptions options = {});

}  // namespace reel::inline REEL_PRECISION

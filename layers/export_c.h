// Networks as C99 headers, which compile into any program.
#pragma once

#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

struct ExportCOptions {
  std::string name =
      "";  ///< of the function, and what all else begins with; empty: the file's name without its end
};

/// Writes the module, as it is in eval(), as one header in C99, which C++ takes, too: weights, and plain loops made of
/// what the ops say of themselves; it needs math.h alone, and allocates nothing. For one sample, [1,...], in float
/// whatever Scalar is:
///   export_c(net, {1, 1, 28, 28}, "net.h");   // static inline void net(const float* in, float* out)
/// Between the layers it writes to static arrays: one call at a time. #define NET_SELF_TEST before the #include makes
/// `float net_self_test(void)`, which runs an input whose output is written there. An earlier file of that path stays
/// whole until the new one is.
///
/// What forward() did because of its input's numbers is said as by export_onnx: a sentence for each.
///
/// A ShapeError where the input is no batch of one sample. An Error where an op says nothing of itself that C can be
/// made of: neither a formula, a function nor a normalisation, nor one of a few operators of ONNX (MaxPool, ReduceMax,
/// Max, Min, Div, Softmax, LogSoftmax); where it reads one of its inputs otherwise than it says, as an embedding its
/// indices; and where the name is no identifier of C. IoError.
std::vector<std::string> export_c(Located<Module&> module, const Shape& input, const std::string& path,
                                  ExportCOptions options = {});

}  // namespace reel::inline REEL_PRECISION

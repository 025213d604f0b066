// What an exported network consists of, for who draws it. Internal to the library and its programs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <reel/core/location.h>
#include <reel/layers/module.h>

namespace reel::inline REEL_PRECISION {

/// An input of the graph, an output, or what forward recorded as one op, which may be several operators of ONNX.
struct OnnxPart {
  std::string name;                    ///< of the value that it makes: "conv1.conv2d", "input"
  std::string op, scope;               ///< "conv2d", "conv1"; empty of an input or output
  std::vector<std::string> operators;  ///< their types, in the file's order; none of an input
  std::vector<std::size_t> inputs;     ///< the parts whose values it reads, each once
  Shape weight;       ///< of the largest tensor of the state_dict that it reads; else of no dimension
  std::string shape;  ///< of its value: "[N,6,28,28]"
};

/// The graph that export_onnx writes of these arguments; inputs of a part stand before it. Errors as there.
std::vector<OnnxPart> onnx_outline(Located<Module&> module, const Shape& input);

}  // namespace reel::inline REEL_PRECISION

// What the page knows of a trace. Internal to inspection.
#pragma once

#include <reel/core/inspect/detail/json.h>
#include <reel/core/inspect/page/page.h>

namespace reel::inline REEL_PRECISION::inspect {

/// {"format": 1, "title", "story", "tries": [{"command", "remark"}], "questions": [{"number", "text", "hint"}],
///  "previous", "next": {"address", "title"} or null, "start": as in the options,
///  "translations": {language: the same, from "title" to "next"},
///  "precision": "float" or "double", "version", "loss": its node,
///  "nodes": [{"name", "op", "builtIn": whether it is a leaf or an op of ops.h, "inputs": [node], "shape",
///             "wantsGrad", "scope", "where", "options": {name: [number]}, "explains": whether the op has an
///             explanation, "reads": [{"kind", "kernel", "stride", "dilation", "start"}] of each input, "formula",
///             "function", "normalization": each as its engine/*.js reads it, or null, "value": T,
///             "grad": T or null}],
///  "events": [{"kind": "leaf", "forward", "seed" or "backward", "node", "op", "input", "made": T or null}],
///  "changes": [{"node", "element", "value"}],
///  "glossary": [{"word", "text", "others": [word]}]}
/// where T is what tensor_data gives. `made` is what one of several events added to a gradient; of others it
/// is the node's value or gradient. An Error where the trace's tape is gone.
Json page_data(const Trace& trace, const PageOptions& options);

/// How many bytes the elements of its tensors take.
Index page_data_size(const Trace& trace, Index max_elements);

}  // namespace reel::inline REEL_PRECISION::inspect

// A step of training as a page to click through.
#pragma once

#include <string>

#include <reel/core/inspect/trace.h>

namespace reel::inline REEL_PRECISION::inspect {

struct PageOptions {
  std::string title = {};  ///< the name of the loss and its line where empty
  /// A tensor with more elements is shown by its statistics, a histogram, the 16 largest and a crop.
  Index max_elements = 65536;
};

/// Writes one HTML file that needs no server and no network: the graph, every value and gradient, each
/// number's reasons, all steps back and forth. `loss` is as in Trace. The file is replaced as a whole; an
/// IoError where it cannot be written, an Error where the page would have more than 64 MiB.
void write_page(const Tape& tape, Operand loss, const std::string& path, PageOptions options = {});
/// Of a trace, or a branch of one; its tape must be alive.
void write_page(const Trace& trace, const std::string& path, PageOptions options = {});

}  // namespace reel::inline REEL_PRECISION::inspect

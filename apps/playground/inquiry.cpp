#include "playground/inquiry.h"

#include <fmt/format.h>

#include <reel/core/inspect/page/page.h>

namespace reel::playground {
namespace {

constexpr std::size_t kColumns = 92;  // of the panel that the answers stand in
constexpr Index kWhole = 1 << 20;     // elements of the largest tensor that the page shows whole

}  // namespace

Inquiry::Inquiry(Session& session)
    : title_(fmt::format("Step {} of the training", session.steps() + 1)),
      loss_(session.record_next(tape_)),
      trace_(tape_, loss_),
      stepper_(tape_, loss_, {.columns = kColumns}) {}

std::string Inquiry::page() const {
  try {
    return inspect::page_text(trace_, {.title = title_, .max_elements = kWhole});
  } catch (const Error&) {  // the page would be too large
    return inspect::page_text(trace_, {.title = title_});
  }
}

}  // namespace reel::playground

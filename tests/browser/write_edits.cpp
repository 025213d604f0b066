// Writes steps as the page gets them, and for numbers that are set in each what the library makes of it: a JSON object a
// line, for engine_edits.test.mjs. write_edits FILE
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/core/error.h>
#include <reel/core/inspect/page/detail/page_data.h>
#include <reel/core/random.h>
#include <reel/core/text/detail/base64.h>
#include <reel/reel.h>

#include "json_support.h"
#include "op_examples.h"
#include "step/course.h"
#include "step/scene.h"

using namespace reel;
using inspect::Change;
using inspect::Trace;
using nlohmann::json;

namespace {

constexpr int kEdits = 200;      // of each step
constexpr int kRun = 4;          // so many are made one upon another
constexpr Index kSample = 4096;  // of a larger tensor one number in 13 is compared

// Values that were computed and gradients, one after another, as float32 in base64.
std::string numbers_of(const Trace& trace) {
  std::vector<float> numbers;
  const auto add = [&](const Tensor& tensor) {
    for (Index i = 0; i<tensor.numel(); i += tensor.numel()> kSample ? 13 : 1)
      numbers.push_back(static_cast<float>(tensor.data()[i]));
  };
  for (std::size_t node = 0; node < trace.nodes().size(); node++) {
    if (trace.op(node)) add(trace.value(node));
    if (const Tensor grad = trace.grad(node); grad.defined()) add(grad);
  }
  return base64({reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)});
}

// From leaves that are exact in float32, as the page has them: a sum that all but cancels shows every digit that it lacks.
// Of a large network's thousands nothing cancels so far.
Trace in_float32(Trace trace) {
  for (std::size_t node = 0; node < trace.nodes().size(); node++) {
    const Tensor value = trace.value(node);
    if (trace.op(node) || value.numel() > kSample) continue;
    for (Index i = 0; i < value.numel(); i++) {
      const double exact = static_cast<float>(value.data()[i]);
      if (exact != value.data()[i]) trace = trace.with(node, i, exact);
    }
  }
  return trace;
}

// A number near the one that is there, anywhere in the step; exact in float32, as the page has it.
Change random_change(const Trace& trace, const RandomStream& random, std::uint64_t turn) {
  const std::size_t node = random.below(4 * turn, trace.nodes().size());
  const Tensor value = trace.value(node);
  if (value.numel() == 0) return {node, -1, 0};
  const auto element =
      static_cast<Index>(random.below(4 * turn + 1, static_cast<std::uint64_t>(value.numel())));
  const double factor = 0.5 + random.uniform(4 * turn + 2), more = random.uniform(4 * turn + 3) - 0.5;
  return {node, element, static_cast<float>(value.data()[element] * factor + more)};
}

json edits_of(const Trace& trace) {
  json edits = json::array();
  Trace current = trace;
  const RandomStream random(7, 0);
  for (std::uint64_t turn = 0; edits.size() < kEdits && turn < 3 * kEdits; turn++) {
    const bool anew = edits.size() % kRun == 0;
    const Trace& before = anew ? trace : current;
    const auto [node, element, value] = random_change(before, random, turn);
    try {
      current = before.with(node, element, value);
    } catch (const Error&) {
      continue;  // a tensor of nothing, or no number of a row
    }
    edits.push_back({{"anew", anew},
                     {"node", node},
                     {"element", element},
                     {"value", value},
                     {"numbers", numbers_of(current)}});
  }
  return edits;
}

void write(std::ofstream& out, const std::string& name, const Trace& trace) {
  constexpr Index kAll = Index{1} << 30;  // no tensor is cropped
  out << json{{"name", name},
              {"data", reel_test::parsed(page_data(trace, {.title = name, .max_elements = kAll}))},
              {"edits", edits_of(trace)}}
             .dump()
      << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  std::ofstream out(argv[1]);
  for (const reel_test::OpExample& example : reel_test::op_examples()) {
    Tape tape;
    write(out, example.name, in_float32(traced(example, tape)));
  }
  for (const apps::LessonFile& file : apps::lesson_files()) {
    const apps::Lesson lesson = apps::lesson_of(file).own;
    const apps::Scene scene(lesson, {});
    write(out, "lesson " + lesson.name, Trace(scene.tape(), scene.loss()));
  }
  return out.flush() ? 0 : 1;
}

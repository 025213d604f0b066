// Each op's loops one after the other; which arrays they share follows from how long each value is needed.
#include <reel/layers/export_c.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/export/detail/c_ops.h>
#include <reel/core/export/detail/c_program.h>
#include <reel/core/io/file.h>
#include <reel/core/option_check.h>
#include <reel/core/text/detail/printable.h>
#include <reel/layers/detail/recorded.h>
#include <reel/layers/eval_mode.h>

namespace reel::inline REEL_PRECISION {
namespace {

// Words of C and C++, what math.h declares, and the function's own names.
constexpr std::string_view kTaken =
    " auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while alignas alignof and asm bool catch char8_t char16_t char32_t class compl concept "
    "const_cast consteval constexpr constinit co_await co_return co_yield decltype delete dynamic_cast "
    "explicit export false friend mutable namespace new noexcept not nullptr operator or private "
    "protected public reinterpret_cast requires static_assert static_cast template this thread_local "
    "throw true try typeid typename using virtual wchar_t xor main acos acosh asin asinh atan atan2 atanh "
    "cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin fmod frexp gamma "
    "hypot ilogb isfinite isinf isnan j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb "
    "lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn signbit signgam sin "
    "sinh sqrt tan tanh tgamma trunc y0 y1 yn in out error largest ";

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

constexpr std::size_t kNone = static_cast<std::size_t>(-1), kAlways = kNone;

class CWriter {
 public:
  CWriter(const ModuleBase& module, Recorded recorded, std::string name, std::string label)
      : r_(std::move(recorded)),
        label_(std::move(label)),
        program_(std::move(name)),
        steps_(r_.nodes.size()) {
    for (const auto& [of, parameter] : module.named_parameters()) names_.emplace_back(parameter->value, of);
    used_ = r_.used();
    for (std::size_t i = 0; i < steps_.size(); i++) {
      if (used_[i]) read(i);
    }
    find_last_uses();
    for (std::size_t i = 0; i < steps_.size(); i++) {
      if (steps_[i].writer) find_array(i);
    }
    for (std::size_t i = 0; i < steps_.size(); i++) {
      if (steps_[i].writer) write(i);
    }
    write_copy();
  }

  std::string header(const std::vector<std::string>& notes) const;

 private:
  struct Step {
    c::Value value;
    std::size_t root = 0;               // the node whose numbers these are
    std::size_t last_use = 0;           // of a root
    std::size_t array = kNone;          // of a root: which of arrays_
    std::unique_ptr<c::Writer> writer;  // of an op that is written
  };
  struct Array {
    std::string name;
    Index size;
    bool is_free;
  };

  std::size_t input() const { return r_.inputs[0]; }
  std::size_t output() const { return r_.outputs[0]; }
  bool changes(std::size_t i) const { return !steps_[i].value.is_constant(); }

  void read(std::size_t i);
  std::vector<c::Value> inputs_of(std::size_t i) const;
  void find_last_uses();
  void find_array(std::size_t i);
  std::size_t array_to_overwrite(std::size_t i) const;
  std::size_t free_array(Index size);
  void write(std::size_t i);
  void write_copy();
  std::string about(const std::vector<std::string>& notes) const;

  Recorded r_;
  std::string label_;
  c::Program program_;
  std::vector<std::pair<Tensor, std::string>> names_;  // of the parameters
  std::vector<bool> used_;
  std::vector<Step> steps_;
  std::vector<Array> arrays_;
};

// What does not depend on the input is constant.
void CWriter::read(std::size_t i) {
  const NodeInfo& node = r_.nodes[i];
  Step& step = steps_[i];
  step.root = i;
  const Shape& shape = node.var.shape();
  if (shape.numel() == 0) fail_at(label_, node, "is {}: C has no array without numbers", shape);
  if (shape.numel() > std::numeric_limits<int>::max())
    fail_at(label_, node, "has too many numbers for an int, {}", shape);
  if (i == input()) {
    step.value = {"in", shape};
    return;
  }
  const bool depends = std::ranges::any_of(node.input_positions, [&](std::size_t k) { return changes(k); });
  if (!depends) {
    const auto own =
        std::ranges::find_if(names_, [&](const auto& p) { return p.first.shares_storage(node.value); });
    step.value = {own == names_.end() ? node.name : own->second, shape, node.value};
    return;
  }
  step.value = {"", shape};
  const c::Call call{node.facts, inputs_of(i), shape};
  if (call.inputs.size() == 1 && c::is_reshape(call)) {
    step.root = steps_[node.input_positions[0]].root;
    return;
  }
  step.writer = c::writer_of(call);
  if (!step.writer)
    fail_at(label_, node,
            "has no form in C; a network in eval() without losses is wanted, and of an op of your own a "
            "formula or a function in its facts");
}

std::vector<c::Value> CWriter::inputs_of(std::size_t i) const {
  std::vector<c::Value> values;
  for (const std::size_t k : r_.nodes[i].input_positions) {
    values.push_back(steps_[k].value);
    if (changes(k)) values.back().name = steps_[steps_[k].root].value.name;
  }
  return values;
}

void CWriter::find_last_uses() {
  for (std::size_t i = 0; i < steps_.size(); i++) {
    if (!steps_[i].writer) continue;
    for (const std::size_t k : r_.nodes[i].input_positions) steps_[steps_[k].root].last_use = i;
  }
  steps_[steps_[output()].root].last_use = kAlways;
}

void CWriter::find_array(std::size_t i) {
  Step& step = steps_[i];
  if (i == steps_[output()].root) {
    step.value.name = "out";
  } else {
    step.array = array_to_overwrite(i);
    if (step.array == kNone) step.array = free_array(step.value.shape.numel());
    step.value.name = arrays_[step.array].name;
  }
  for (const std::size_t k : r_.nodes[i].input_positions) {
    const Step& root = steps_[steps_[k].root];
    if (root.last_use == i && root.array != kNone && root.array != step.array)
      arrays_[root.array].is_free = true;
  }
}

// That of an input that nobody needs any more.
std::size_t CWriter::array_to_overwrite(std::size_t i) const {
  const auto& positions = r_.nodes[i].input_positions;
  for (const std::size_t k : positions) {
    const std::size_t root = steps_[k].root;
    const Step& from = steps_[root];
    if (from.array == kNone || from.last_use != i ||
        from.value.shape.numel() != steps_[i].value.shape.numel())
      continue;
    bool may = true;
    for (std::size_t n = 0; n < positions.size(); n++)
      may = may && (steps_[positions[n]].root != root || steps_[i].writer->may_overwrite(n));
    if (may) return from.array;
  }
  return kNone;
}

// The one that fits best: the smallest that is large enough, else the largest, made larger.
std::size_t CWriter::free_array(Index size) {
  std::size_t best = kNone;
  for (std::size_t a = 0; a < arrays_.size(); a++) {
    if (!arrays_[a].is_free) continue;
    if (best == kNone) best = a;
    const Index now = arrays_[best].size, other = arrays_[a].size;
    if (now < size ? other > now : other >= size && other < now) best = a;
  }
  if (best == kNone) {
    best = arrays_.size();
    arrays_.push_back({program_.unique(fmt::format("scratch{}", best)), 0, true});
  }
  arrays_[best].is_free = false;
  arrays_[best].size = std::max(arrays_[best].size, size);
  return best;
}

void CWriter::write(std::size_t i) {
  const NodeInfo& node = r_.nodes[i];
  const Step& step = steps_[i];
  std::vector<c::Value> inputs = inputs_of(i);
  std::vector<std::string> pointers;
  for (std::size_t k = 0; k < inputs.size(); k++) {
    if (inputs[k].is_constant()) continue;
    const std::string name = pointers.empty() ? "src" : fmt::format("src{}", k + 1);
    pointers.push_back(fmt::format("const float* const {} = {};", name, inputs[k].name));
    inputs[k].name = name;
  }
  pointers.push_back(fmt::format("float* const dst = {};", step.value.name));
  const c::Value output{"dst", step.value.shape};
  const std::string of = fmt::format("{}, {}\n{}", call_label(node.op, node.scope, node.where), output.shape,
                                     step.writer->text(inputs, output));
  program_.comment(of);
  program_.open("{");
  for (const std::string& pointer : pointers) program_.line(pointer);
  step.writer->write(program_, inputs, output);
  program_.close();
}

// Where the output is the input, or a constant.
void CWriter::write_copy() {
  const Step& last = steps_[steps_[output()].root];
  if (last.writer) return;
  program_.open(fmt::format("for (int i = 0; i < {}; i++) {{", last.value.shape.numel()));
  program_.line(fmt::format("out[i] = {}[i];", program_.array(last.value)));
  program_.close();
}

std::string CWriter::about(const std::vector<std::string>& notes) const {
  const std::string& name = program_.name();
  Index scratch = 0;
  for (const Array& array : arrays_) scratch += 4 * array.size;
  const Shape &from = r_.nodes[input()].var.shape(), &to = r_.nodes[output()].var.shape();
  std::string text = fmt::format(
      "/* A network of Reel for one sample, in C99 (and C++) with nothing but math.h:\n"
      " *   float in[{0}], out[{1}];  {2} -> {3}, row-major; they must not overlap\n"
      " *   {4}(in, out);\n"
      " * {5} bytes of constants, {6} bytes of static arrays to work in: one call at a time.\n"
      " * #define {7}_SELF_TEST before the #include adds {4}_self_test(), which gives the largest error of "
      "an output\n"
      " * that is known, as a part of the largest number in it: some 1e-6.\n",
      from.numel(), to.numel(), from, to, name, program_.bytes(), scratch, upper(name));
  for (const std::string& note : notes) text += fmt::format(" * Note: {}.\n", c::comment_text(note));
  return text + " */\n";
}

std::string CWriter::header(const std::vector<std::string>& notes) const {
  const std::string& name = program_.name();
  std::string text = about(notes);
  text += fmt::format("#ifndef REEL_{0}_H\n#define REEL_{0}_H\n\n#include <math.h>\n\n{1}", name,
                      program_.definitions());
  for (const Array& array : arrays_) text += fmt::format("static float {}[{}];\n", array.name, array.size);
  text += fmt::format("\nstatic inline void {}(const float* in, float* out) {{\n", name);
  if (!changes(output())) text += "  (void)in;\n";
  text += program_.lines() + "}\n\n";
  const Tensor &x = r_.nodes[input()].value, &y = r_.nodes[output()].value;
  text += fmt::format("#ifdef {}_SELF_TEST\n", upper(name));
  text += c::array_definition(name + "_test_input", x) + c::array_definition(name + "_test_output", y);
  text += fmt::format(
      "static inline float {0}_self_test(void) {{\n"
      "  static float out[{1}];\n"
      "  float error = 0.0f, largest = 0.0f;\n"
      "  {0}({0}_test_input, out);\n"
      "  for (int i = 0; i < {1}; i++) {{\n"
      "    const float y = out[i], wanted = {0}_test_output[i], e = fabsf(y - wanted);\n"
      "    largest = fabsf(wanted) > largest ? fabsf(wanted) : largest;\n"
      "    if (y == wanted || (isnan(y) && isnan(wanted))) continue;\n"
      "    error = e > error || isnan(e) ? e : error;\n"
      "  }}\n"
      "  return error == 0.0f ? error : error / largest;\n"
      "}}\n"
      "#endif\n\n#endif\n",
      name, y.numel());
  return text;
}

std::string name_of(const OptionCheck& check, const std::string& path, const std::string& wanted) {
  std::string name = wanted.empty() ? c::identifier(std::filesystem::path(path).stem().string()) : wanted;
  const bool is_taken = kTaken.find(fmt::format(" {} ", name)) != std::string_view::npos;
  if (wanted.empty() && (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) || is_taken))
    return "net_" + name;
  check.require(
      c::identifier(name) == name && !std::isdigit(static_cast<unsigned char>(name[0])) && !is_taken,
      "the name is \"{}\"; an identifier of C that neither C, C++ nor math.h has is wanted", printable(name));
  return name;
}

}  // namespace

std::vector<std::string> export_c(Located<Module&> located, const Shape& input, const std::string& path,
                                  ExportCOptions options) {
  Module& module = located.value;
  const OptionCheck check("export_c", located.where);
  check.require<ShapeError>(input.dim() > 0 && input[0] == 1,
                            "the input is {}; [1,...] is wanted, one sample", input);
  const std::string name = name_of(check, path, options.name);
  const EvalMode eval(module);
  const std::vector<Tensor> sample{random_sample(input)};
  const Forward forward = forward_of(located);
  Recorded recorded = record(forward, sample, located.where);
  check_draws_nothing(check.label(), recorded, forward, sample, located.where);
  const std::vector<std::string> notes =
      notes_on(recorded, record(forward, zeros_like(sample), located.where));
  const std::string text = CWriter(module, std::move(recorded), name, check.label()).header(notes);
  write_atomically(path, std::array<std::string_view, 1>{text});
  return notes;
}

}  // namespace reel::inline REEL_PRECISION

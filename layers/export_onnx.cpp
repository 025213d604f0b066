// Records the network for batches of two sizes: what differs between them is the batch's size.
#include <reel/layers/export_onnx.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/io/detail/onnx_graph.h>
#include <reel/core/io/file.h>
#include <reel/core/option_check.h>
#include <reel/core/text/detail/printable.h>
#include <reel/layers/detail/onnx_outline.h>
#include <reel/layers/detail/recorded.h>
#include <reel/layers/eval_mode.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr const char* kBatch = "N";

// A row `count` times.
Tensor repeated(const Tensor& row, Index count) {
  Tensor rows = Tensor::uninitialized(row.shape().with(0, count));
  for (Index n = 0; n < count; n++) std::ranges::copy(row.values(), rows.mutable_data() + n * row.numel());
  return rows;
}

std::vector<Tensor> batch_of(const std::vector<Tensor>& samples, Index count) {
  std::vector<Tensor> batch;
  for (const Tensor& sample : samples) batch.push_back(repeated(sample, count));
  return batch;
}

// The first row of a tensor that repeats it, once for each sample of batches of two and three.
std::optional<Tensor> repeated_row(const Tensor& a, const Tensor& b) {
  if (a.dim() == 0 || a.dim() != b.dim() || a.size(0) != 2 || b.size(0) != 3) return {};
  const Tensor row = a.rows(0, 1).clone();
  const auto repeats = [&](const Tensor& t) { return same_bits(t, repeated(row, t.size(0))); };
  return repeats(a) && repeats(b) ? std::optional(row) : std::nullopt;
}

// How the op of a node is said; none where it does not say.
std::optional<onnx::Operator> form_of(const OpFacts& facts) {
  if (facts.in_onnx) return facts.in_onnx();
  if (!facts.function) return {};
  return onnx::function(facts.function->value, facts.constants());
}

class Exporter {
 public:
  // `two` and `three` are of batches of equal samples, so many where the size is left open, and took the same way.
  Exporter(const ModuleBase& module, Recorded two, Recorded three, std::string label)
      : a_(std::move(two)), b_(std::move(three)), label_(std::move(label)), values_(a_.nodes.size()) {
    for (const auto& [name, parameter] : module.named_parameters()) own(name, parameter->value, false);
    for (const auto& [name, buffer] : module.buffers()) own(name, *buffer, true);
  }

  std::string model(std::string_view doc) {
    used_ = a_.used();
    const auto name_of = [&](std::string name, std::size_t i, std::size_t count) {
      return unique(count == 1 ? name : fmt::format("{}{}", name, i));
    };
    for (std::size_t i = 0; i < a_.inputs.size(); i++) {
      std::string& name = values_[a_.inputs[i]] = name_of("input", i, a_.inputs.size());
      graph_.input(name, dims_of(a_.inputs[i]));
      end_part(name, a_.inputs[i]);
    }
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < a_.outputs.size(); i++)
      outputs.push_back(name_of("output", i, a_.outputs.size()));
    for (std::size_t i = 0; i < a_.nodes.size(); i++) {
      if (used_[i] && values_[i].empty()) write(i);
    }
    for (std::size_t i = 0; i < outputs.size(); i++) {
      add("Identity", std::array{values_[a_.outputs[i]]}, outputs[i], {});
      graph_.output(outputs[i], dims_of(a_.outputs[i]));
      end_part(outputs[i], a_.outputs[i]);
    }
    return graph_.model(doc);
  }

  /// What model() wrote.
  const std::vector<OnnxPart>& outline() const { return parts_; }

 private:
  // A tensor of the state_dict: written once, where it is used.
  struct Owned {
    std::string name;
    Tensor value;
    bool is_buffer;
    bool is_written = false;
  };

  void own(const std::string& name, const Tensor& value, bool is_buffer) {
    owned_.push_back({unique(printable(name)), value, is_buffer});
  }

  std::string unique(const std::string& wanted) {
    std::string name = wanted.empty() ? "value" : wanted;
    for (int n = 2; !names_.insert(name).second; n++) name = fmt::format("{}_{}", wanted, n);
    return name;
  }

  std::vector<OnnxGraph::Dim> dims_of(std::size_t node) const {
    const Shape &two = a_.nodes[node].var.shape(), &three = b_.nodes[node].var.shape();
    std::vector<OnnxGraph::Dim> dims;
    for (Index d = 0; d < two.dim(); d++) {
      if (two[d] == three[d])
        dims.emplace_back(two[d]);
      else
        dims.emplace_back(two[d] == 2 && three[d] == 3 ? kBatch : fmt::format("{}_{}", kBatch, d));
    }
    return dims;
  }

  // An operator of the part that is being written; named as the value that it makes.
  void add(std::string_view type, std::span<const std::string> inputs, const std::string& output,
           std::span<const onnx::Attribute> attributes) {
    graph_.node(output, type, inputs, output, attributes);
    part_.operators.emplace_back(type);
    for (const std::string& input : inputs) {
      const auto made = part_of_.find(input);
      if (made != part_of_.end() && std::ranges::find(part_.inputs, made->second) == part_.inputs.end())
        part_.inputs.push_back(made->second);
      const auto owned = std::ranges::find(owned_, input, &Owned::name);
      if (owned != owned_.end() && (part_.weight.dim() == 0 || owned->value.numel() > part_.weight.numel()))
        part_.weight = owned->value.shape();
    }
  }

  // The operators since the last part make the value of node i.
  void end_part(const std::string& name, std::size_t i) {
    std::vector<std::string> sizes;
    for (const OnnxGraph::Dim& dim : dims_of(i)) {
      const auto* const open = std::get_if<onnx::Text>(&dim);
      sizes.push_back(open ? open->text : fmt::format("{}", std::get<Index>(dim)));
    }
    part_.name = name;
    part_.shape = fmt::format("[{}]", fmt::join(sizes, ","));
    part_of_[name] = parts_.size();
    parts_.push_back(std::exchange(part_, {}));
  }

  void write(std::size_t i) {
    write_value(i);
    if (part_.operators.empty()) return;  // a tensor that the file holds
    part_.op = printable(a_.nodes[i].op);
    part_.scope = printable(a_.nodes[i].scope);
    end_part(values_[i], i);
  }

  void write_value(std::size_t i) {
    const NodeInfo& node = a_.nodes[i];
    const std::string wanted = printable(node.name);
    if (node.leaf != Leaf::kNone) {
      values_[i] = constant(i, node.value, b_.nodes[i].value, wanted);
      return;
    }
    const auto two = form_of(node.facts), three = form_of(b_.nodes[i].facts);
    if (!two || !three) fail(i, "has no form in ONNX's opset {}{}", onnx::kOpset, way_out(node));
    values_[i] = unique(wanted);
    write(i, *two, *three, values_[i]);
  }

  // The operators of node i, of which the last makes `output`.
  void write(std::size_t i, const onnx::Operator& two, const onnx::Operator& three,
             const std::string& output) {
    if (two.type != three.type || two.operands.size() != three.operands.size()) fail_of_batch(i);
    std::vector<std::string> inputs;
    for (std::size_t k = 0; k < two.operands.size(); k++) {
      inputs.push_back(operand(i, two, two.operands[k], three.operands[k], output));
    }
    const auto is_same = [](const onnx::Attribute& x, const onnx::Attribute& y) {
      return x.name == y.name && x.value == y.value;
    };
    if (!std::ranges::equal(two.attributes, three.attributes, is_same)) fail_of_batch(i);
    add(two.type, inputs, output, two.attributes);
  }

  std::string operand(std::size_t i, const onnx::Operator& of, const onnx::Operand& two,
                      const onnx::Operand& three, const std::string& output) {
    if (two.is.index() != three.is.index()) fail_of_batch(i);
    if (const auto* const input = std::get_if<onnx::Input>(&two.is))
      return values_[a_.nodes[i].input_positions.at(input->index)];
    if (const auto* const value = std::get_if<Tensor>(&two.is))
      return constant(i, *value, std::get<Tensor>(three.is), output + "_constant");
    if (const auto* const numbers = std::get_if<std::vector<Index>>(&two.is))
      return whole_numbers(i, of, *numbers, std::get<std::vector<Index>>(three.is), output);
    if (const auto* const made = std::get_if<std::shared_ptr<const onnx::Operator>>(&two.is)) {
      const std::string name = unique(fmt::format("{}_{}", output, (*made)->type));
      write(i, **made, *std::get<std::shared_ptr<const onnx::Operator>>(three.is), name);
      return name;
    }
    return "";
  }

  // The one size of a reshape that moves with the batch is worked out from the others, which no 0 may be among.
  std::string whole_numbers(std::size_t i, const onnx::Operator& of, std::vector<Index> two,
                            const std::vector<Index>& three, const std::string& output) {
    if (two.size() != three.size()) fail_of_batch(i);
    Index moving = 0;
    for (std::size_t k = 0; k < two.size(); k++) {
      if (two[k] == three[k]) continue;
      two[k] = -1;
      moving++;
    }
    const bool has_zero = std::ranges::find(two, 0) != two.end();
    if (moving > 1 || (moving == 1 && (of.type != "Reshape" || has_zero))) fail_of_batch(i);
    const std::string name = unique(output + "_sizes");
    graph_.initializer(name, two);
    return name;
  }

  std::string constant(std::size_t i, const Tensor& two, const Tensor& three, const std::string& wanted) {
    const bool is_fixed = same_bits(two, three);
    for (Owned& owned : owned_) {
      if (is_fixed && (owned.value.shares_storage(two) || is_copy(i, two, owned)))
        return owned.value.shape() == two.shape() ? written(owned)
                                                  : reshaped(written(owned), two.shape(), wanted);
    }
    const std::optional<Tensor> row = repeated_row(two, three);
    if (!row && !is_fixed) fail_of_batch(i);
    const std::string name = unique(wanted);
    if (!row) {
      graph_.initializer(name, two);
      return name;
    }
    return one_a_sample(name, *row);
  }

  // A batch norm keeps copies of its running statistics, which are buffers of the scope that ran it.
  bool is_copy(std::size_t i, const Tensor& constant, const Owned& owned) const {
    const std::string& scope = a_.nodes[i].scope;
    return owned.is_buffer && a_.nodes[i].leaf == Leaf::kNone && same_bits(owned.value, constant) &&
           (scope.empty() || owned.name.starts_with(printable(scope) + "."));
  }

  std::string reshaped(const std::string& tensor, const Shape& shape, const std::string& wanted) {
    const std::string name = unique(wanted), sizes = unique(name + "_sizes");
    graph_.initializer(sizes, shape.sizes());
    add("Reshape", std::array{tensor, sizes}, name, {});
    return name;
  }

  std::string written(Owned& owned) {
    if (!std::exchange(owned.is_written, true)) graph_.initializer(owned.name, owned.value);
    return owned.name;
  }

  // One row for each sample of the input's batch.
  std::string one_a_sample(const std::string& name, const Tensor& row) {
    const std::string one = unique(name + "_row"), rest = unique(name + "_sizes"),
                      batch = unique(name + "_batch"), shape = unique(name + "_shape");
    graph_.initializer(one, row);
    graph_.initializer(rest, row.shape().sizes().subspan(1));
    add("Shape", std::array{values_[a_.inputs[0]]}, batch,
        std::array{onnx::Attribute{"start", Index{0}}, onnx::Attribute{"end", Index{1}}});
    add("Concat", std::array{batch, rest}, shape, std::array{onnx::Attribute{"axis", Index{0}}});
    add("Expand", std::array{one, shape}, name, {});
    return name;
  }

  static std::string_view way_out(const NodeInfo& node) {
    return node.facts.formula || node.facts.normalization || node.facts.function
               ? "; a network in eval() without losses is wanted, and of an op of your own OpFacts::in_onnx"
               : "; a network without losses is wanted, and of an op of your own OpFacts::in_onnx";
  }

  template <class... Args>
  [[noreturn]] void fail(std::size_t i, fmt::format_string<Args...> format, Args&&... args) const {
    fail_at(label_, a_.nodes[i], format, std::forward<Args>(args)...);
  }
  [[noreturn]] void fail_of_batch(std::size_t i) const {
    fail(i,
         "depends on the number of samples in a way that ONNX cannot say; a reshape to one size of -1 is a "
         "way that it can, and {{.batch = 1}} makes a file for batches of one size");
  }

  Recorded a_, b_;
  std::string label_;
  OnnxGraph graph_;
  std::vector<std::string> values_;  // by node: what its value is called
  std::vector<bool> used_;
  std::vector<Owned> owned_;
  std::set<std::string> names_;
  OnnxPart part_;  // that is being written
  std::vector<OnnxPart> parts_;
  std::map<std::string, std::size_t> part_of_;  // by the name of its value
};

struct Exported {
  std::string model;
  std::vector<std::string> notes;
  std::vector<OnnxPart> outline;
};

Exported exported(Located<ModuleBase&> located, const std::vector<Tensor>& samples, const Forward& forward,
                  OnnxOptions options) {
  ModuleBase& module = located;
  const Location where = located.where;
  const OptionCheck check("export_onnx", where);
  check.count("batch", options.batch, 0);
  const EvalMode eval(module);
  const Index size = options.batch > 0 ? options.batch : 2, other_size = options.batch > 0 ? size : 3;
  const std::vector<Tensor> batch = batch_of(samples, size);
  Recorded one = record(forward, batch, where), other = record(forward, batch_of(samples, other_size), where);
  check_draws_nothing(check.label(), one, forward, batch, where);
  if (const auto i = first_difference(one, other)) {
    throw Error(fmt::format(
        "{}: forward() records other ops for {} samples than for {}, from {} on; give a batch, as "
        "in {{.batch = 1}}, for a file for batches of one size",
        check.label(), other_size, size, node_text(one, other, *i)));
  }
  std::vector<std::string> notes = notes_on(one, record(forward, zeros_like(batch), where));
  Exporter exporter(module, std::move(one), std::move(other), check.label());
  std::string model = exporter.model(fmt::format("{}", fmt::join(notes, "\n")));
  return {std::move(model), std::move(notes), exporter.outline()};
}

std::vector<std::string> export_samples(Located<ModuleBase&> module, const std::vector<Tensor>& samples,
                                        const Forward& forward, const std::string& path,
                                        OnnxOptions options) {
  const Exported made = exported(module, samples, forward, options);
  write_atomically(path, std::array<std::string_view, 1>{made.model});
  return made.notes;
}

// Of batches of the input's sizes but the first.
Tensor sample_of(Located<Module&> module, const Shape& input) {
  OptionCheck("export_onnx", module.where)
      .require<ShapeError>(input.dim() > 0, "the input is a scalar; [1,...] is wanted, a batch of samples");
  return random_sample(input.with(0, 1));
}

}  // namespace

std::vector<std::string> export_onnx(Located<Module&> module, const Shape& input, const std::string& path,
                                     OnnxOptions options) {
  return export_samples({module.value, module.where}, {sample_of(module, input)}, forward_of(module), path,
                        options);
}

std::vector<OnnxPart> onnx_outline(Located<Module&> module, const Shape& input) {
  return exported({module.value, module.where}, {sample_of(module, input)}, forward_of(module), {}).outline;
}

std::vector<std::string> export_onnx(Located<Module&> module, const Tensor& example, const std::string& path,
                                     OnnxOptions options) {
  return export_onnx({module.value, module.where}, {example}, forward_of(module), path, options);
}

std::vector<std::string> export_onnx(Located<ModuleBase&> module, const std::vector<Tensor>& examples,
                                     const Forward& forward, const std::string& path, OnnxOptions options) {
  const OptionCheck check("export_onnx", module.where);
  check.require(!examples.empty(), "no examples are given; one for each input is wanted");
  std::vector<Tensor> samples;
  for (const Tensor& example : examples) {
    check.require<ShapeError>(example.defined() && example.dim() > 0 && example.size(0) > 0,
                              "an example is {}; [1,...] is wanted, a batch of one sample",
                              example.defined() ? example.shape().text() : "undefined");
    samples.push_back(example.rows(0, 1).clone());
  }
  return export_samples(module, samples, forward, path, options);
}

}  // namespace reel::inline REEL_PRECISION

#include <reel/core/inspect/terminal/receptive_field.h>

#include <algorithm>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/number.h>
#include <reel/core/inspect/terminal/sliding.h>
#include <reel/core/inspect/terminal/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Rows or columns of images.
struct Side {
  Index first = 0, last = -1;  // none where last < first
  Index size = 1, jump = 1;

  bool empty() const { return last < first; }
  void add(const Side& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
    size = std::max(size, other.size);
  }
  std::string text() const { return fmt::format("{}..{}", first, last); }
};

// The side of an input that a side of the output reads, and how much of that is padding before and after.
struct Reach {
  Side side;
  Index before = 0, after = 0;
};

Reach reach(const Side& out, Index kernel, Index stride, Index dilation, Index start, Index size) {
  const Index span = (kernel - 1) * dilation;
  const Index first = out.first * stride + start, last = out.last * stride + start + span;
  Reach result;
  result.side = {.first = std::max<Index>(first, 0),
                 .last = std::min(last, size - 1),
                 .size = (out.size - 1) * stride + span + 1,
                 .jump = out.jump * stride};
  if (out.empty()) result.side.last = result.side.first - 1;
  if (!out.empty()) result.before = std::max<Index>(-first, 0);
  if (!out.empty()) result.after = std::max<Index>(last - (size - 1), 0);
  return result;
}

// What a number depends on in one tensor.
struct Field {
  bool all = false;
  Side rows, columns;
  std::vector<std::string> why;  // the ops that read it

  bool none() const { return !all && (rows.empty() || columns.empty()); }
  void add(const Side& more_rows, const Side& more_columns) {
    if (none()) {
      rows = more_rows;
      columns = more_columns;
    } else if (!more_rows.empty() && !more_columns.empty()) {
      rows.add(more_rows);
      columns.add(more_columns);
    }
  }
};

// "; padding 1 above, 2 right": rows and columns.
std::string padding_text(const Reach& rows, const Reach& columns) {
  std::string text;
  const auto say = [&](Index count, std::string_view where) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "; padding " : ", ", count, where);
  };
  say(rows.before, "above");
  say(rows.after, "below");
  say(columns.before, "left");
  say(columns.after, "right");
  return text;
}

// "conv2d z"
std::string op_text(const TraceNode& op) {
  return op.name == op.op ? op.op : fmt::format("{} {}", op.op, op.name);
}

// "2x2 window of conv2d z, stride 2x2, dilation 1x1", "pixel by pixel in relu a"
std::string reader_text(const TraceNode& op, const Window& w) {
  const auto size = [](Size2 s) { return fmt::format("{}x{}", s.h, s.w); };
  const std::string who = op_text(op);
  if (!op.window) return (w.stride == 1 ? "pixel by pixel in " : "pixels spread over those of ") + who;
  std::string text = fmt::format("{} window of {}", size(w.kernel), who);
  if (w.stride != 1) text += ", stride " + size(w.stride);
  if (w.dilation != 1) text += ", dilation " + size(w.dilation);
  return text;
}

class Fields {
 public:
  Fields(const Trace& trace, std::size_t node, Index element) : trace_(trace), fields_(trace.nodes().size()) {
    const Shape& shape = trace.nodes()[node].shape;
    Field& own = fields_[node].emplace();
    own.why.emplace_back("the number itself");
    own.all = shape.dim() != 4;
    if (!own.all) {
      const Index row = element / shape[3] % shape[2], column = element % shape[3];
      own.rows = {.first = row, .last = row};
      own.columns = {.first = column, .last = column};
    }
    for (std::size_t i = node + 1; i-- > 0;) {
      for (std::size_t k = 0; fields_[i] && k < trace.nodes()[i].inputs.size(); k++) read(i, k);
    }
  }

  const std::optional<Field>& of(std::size_t node) const { return fields_[node]; }

 private:
  void read(std::size_t node, std::size_t input) {
    const TraceNode& op = trace_.nodes()[node];
    const std::size_t from = op.inputs[input];
    if (is_weight(op, input)) return;
    const Field& out = *fields_[node];
    const std::optional<Sliding> sliding = sliding_of(trace_, node, input);
    Field& field = fields_[from] ? *fields_[from] : fields_[from].emplace();
    if (out.all || !sliding) {
      field.all = true;
      field.why.push_back("all of it in " + op_text(op));
      return;
    }
    const auto& [window, start] = *sliding;
    const Shape& shape = trace_.nodes()[from].shape;
    const Reach rows =
        reach(out.rows, window.kernel.h, window.stride.h, window.dilation.h, start.h, shape[2]);
    const Reach columns =
        reach(out.columns, window.kernel.w, window.stride.w, window.dilation.w, start.w, shape[3]);
    field.why.push_back(reader_text(op, window) + (op.window ? padding_text(rows, columns) : ""));
    field.add(rows.side, columns.side);
  }

  static bool is_weight(const TraceNode& op, std::size_t input) {
    return input > 0 && op.built_in &&
           (op.window || op.op == "linear" || op.op == "conv_transpose2d" || op.op == "batch_norm2d" ||
            op.op == "layer_norm");
  }

  const Trace& trace_;
  std::vector<std::optional<Field>> fields_;
};

nlohmann::json field_json(const TraceNode& node, const Field& field) {
  nlohmann::json data = {{"name", node.name}, {"op", node.op}, {"all", field.all}, {"read_by", field.why}};
  if (!field.all) {
    if (!field.none()) data["rows"] = {field.rows.first, field.rows.last};
    if (!field.none()) data["columns"] = {field.columns.first, field.columns.last};
    data["size"] = {field.rows.size, field.columns.size};
    data["jump"] = {field.rows.jump, field.columns.jump};
  }
  return data;
}

std::vector<std::string> field_row(const TraceNode& node, const Field& field) {
  std::string why;
  for (const std::string& reader : field.why) why += (why.empty() ? "" : "; ") + reader;
  if (field.all) return {node.name, node.op, node.shape.text(), "all", "all", "", "", why};
  const auto size = [](Index h, Index w) { return fmt::format("{}x{}", h, w); };
  return {node.name,
          node.op,
          node.shape.text(),
          field.none() ? "none" : field.rows.text(),
          field.none() ? "none" : field.columns.text(),
          size(field.rows.size, field.columns.size),
          size(field.rows.jump, field.columns.jump),
          why};
}

}  // namespace

Answer receptive_field(const Trace& trace, std::size_t node, Index element) {
  (void)trace.number(trace.value_event(node), element);  // a ShapeError where it is out of range
  const TraceNode& asked = trace.nodes()[node];
  if (!trace.op(node)) {
    throw Error(fmt::format("rf: {} is given ({}) and depends on nothing; ask of what an op computed",
                            asked.name, asked.op));
  }
  const std::string name = element_name(asked, element);
  const Fields fields(trace, node, element);
  Table table("llllllll");
  table.add({"tensor", "op", "shape", "rows", "columns", "size", "jump", "read by"});
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = node + 1; i-- > 0;) {
    if (!fields.of(i)) continue;
    table.add(field_row(trace.nodes()[i], *fields.of(i)));
    list.push_back(field_json(trace.nodes()[i], *fields.of(i)));
  }
  return {fmt::format("receptive field of {}: what it depends on, weights aside\n", name) + table.text(2),
          {{"name", name}, {"fields", std::move(list)}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect

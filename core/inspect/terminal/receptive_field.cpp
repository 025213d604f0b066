// `rf`: the field in each earlier image as a row of a table.
#include <reel/core/inspect/terminal/detail/answer.h>

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/inspect/detail/receptive_field.h>
#include <reel/core/inspect/terminal/detail/names.h>
#include <reel/core/text/detail/number.h>
#include <reel/core/text/detail/say.h>
#include <reel/core/text/detail/table.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

std::string field_size_text(Size2 size) { return fmt::format("{}x{}", size.h, size.w); }

// "; padding 1 above, 2 right"
std::string field_padding_text(const FieldReader& reader) {
  std::vector<std::string> sides;
  if (reader.above > 0) sides.push_back(say("{} above", reader.above));
  if (reader.below > 0) sides.push_back(say("{} below", reader.below));
  if (reader.left > 0) sides.push_back(say("{} left", reader.left));
  if (reader.right > 0) sides.push_back(say("{} right", reader.right));
  return sides.empty() ? "" : say("; padding {}", fmt::format("{}", fmt::join(sides, ", ")));
}

// "2x2 window of conv2d z, stride 2x2, dilation 1x1"
std::string field_window_text(const Window& w, bool transposed, const std::string& op) {
  const std::string kernel = field_size_text(w.kernel);
  std::string text =
      transposed ? say("{} transposed window of {}", kernel, op) : say("{} window of {}", kernel, op);
  if (w.stride != 1) text += say(", stride {}", field_size_text(w.stride));
  if (w.dilation != 1) text += say(", dilation {}", field_size_text(w.dilation));
  return text;
}

// How an op reads a tensor: "2x2 window of conv2d z; padding 1 above", "pixel by pixel in relu a".
std::string reader_text(const Trace& trace, const FieldReader& reader, Field::Kind field) {
  const TraceNode& node = trace.nodes()[reader.node];
  const std::string op = node.name == node.op ? node.op : fmt::format("{} {}", node.op, node.name);
  const auto& [kind, window, start] = node.reads[reader.input];
  const bool spreads = window.stride != 1;
  const bool all = field == Field::Kind::kAll;
  switch (kind) {
    case Reads::Kind::kBatch:
      return say("all of the batch in {}, for mean and variance; in eval mode pixel by pixel", op);
    case Reads::Kind::kRearranged:
      if (all) break;
      return say("not followed through {}", op);
    case Reads::Kind::kPixels:
      if (all) break;
      return spreads ? say("pixels spread over those of {}", op) : say("pixel by pixel in {}", op);
    case Reads::Kind::kPart:
      return say("a part of {}", op);
    case Reads::Kind::kWindow:
      return field_window_text(window, false, op) + field_padding_text(reader);
    case Reads::Kind::kTransposed:
      return field_window_text(window, true, op);
    case Reads::Kind::kSwapped:
      return say("rows as columns in {}", op);
    case Reads::Kind::kUnknown:
    case Reads::Kind::kWeight:
    case Reads::Kind::kAll:
      break;
  }
  if (all) return say("all of it in {}", op);
  return node.built_in ? say("not followed through {}", op)
                       : say("{} does not say what it reads", op_kind_text(node));
}

std::vector<std::string> reader_texts(const Trace& trace, const Field& field) {
  if (field.readers.empty()) return {say("the number itself")};
  std::vector<std::string> texts;
  for (const FieldReader& reader : field.readers) texts.push_back(reader_text(trace, reader, field.kind));
  return texts;
}

Json field_json(const Trace& trace, const TraceNode& node, const Field& field) {
  const auto& [kind, rows, columns, turned, moves, readers] = field;
  Json data = {{"name", node.name},
               {"op", node.op},
               {"all", kind == Field::Kind::kAll},
               {"known", kind != Field::Kind::kUnknown},
               {"read_by", reader_texts(trace, field)}};
  if (kind == Field::Kind::kPixels && !rows.none() && !columns.none()) {
    data.add(
        {{"rows", std::array{rows.first, rows.last}}, {"columns", std::array{columns.first, columns.last}}});
  }
  if (const auto moving = field.moving()) {
    data.add({{"size", std::array{moving->size.h, moving->size.w}},
              {"jump", std::array{moving->jump.h, moving->jump.w}}});
  }
  return data;
}

std::vector<std::string> field_row(const Trace& trace, const TraceNode& node, const Field& field) {
  const bool pixels = field.kind == Field::Kind::kPixels, none = field.rows.none() || field.columns.none();
  const auto side = [&](const Extent& extent) -> std::string {
    if (!pixels) return field.kind == Field::Kind::kAll ? say("all") : "-";
    return none ? say("none") : fmt::format("{}..{}", extent.first, extent.last);
  };
  const auto moving = field.moving();
  return {node.name,
          node.op,
          node.shape.text(),
          side(field.rows),
          side(field.columns),
          moving ? field_size_text(moving->size) : "",
          moving ? fmt::format("{}x{}", number_text(moving->jump.h), number_text(moving->jump.w)) : "",
          fmt::format("{}", fmt::join(reader_texts(trace, field), "; "))};
}

std::vector<FieldNode> field_nodes(const Trace& trace) {
  std::vector<FieldNode> nodes;
  for (const TraceNode& node : trace.nodes()) nodes.push_back({node.shape, node.inputs, node.reads});
  return nodes;
}

}  // namespace

Answer receptive_field(const Trace& trace, std::size_t node, Index element, std::size_t width) {
  (void)trace.number(trace.value_event(node), element);  // a ShapeError where it is out of range
  const TraceNode& asked = trace.nodes()[node];
  if (!trace.op(node)) {
    throw Error(
        say("rf: {} is given ({}) and depends on nothing; ask of what an op computed", asked.name, asked.op));
  }
  const std::string name = element_name(asked, element);
  const ReceptiveFields fields = receptive_fields(field_nodes(trace), node, element);
  Table table("llllllll");
  table.add({say("tensor"), say("op"), say("shape"), say("rows"), say("columns"), say("size"), say("jump"),
             say("read by")});
  Json list = Json::array();
  for (std::size_t i = node + 1; i-- > 0;) {
    if (!fields.of[i]) continue;
    table.add(field_row(trace, trace.nodes()[i], *fields.of[i]));
    list.push_back(field_json(trace, trace.nodes()[i], *fields.of[i]));
  }
  return {say("receptive field of {}: what it depends on, weights aside\n", name) + table.text(2, width),
          {{"name", name}, {"fields", list}}};
}

}  // namespace reel::inline REEL_PRECISION::inspect

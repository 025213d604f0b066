// Walks back from a number: at each op its rectangle grows by what the op reads.
#include <reel/core/inspect/detail/receptive_field.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

using ReadKind = Reads::Kind;

struct Interval {
  Index first, last;
  bool empty() const { return last < first; }
};
constexpr Interval kNoInterval{0, -1};

Interval around(Interval a, Interval b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

Interval cut_to(Interval a, Index size) { return {std::max<Index>(a.first, 0), std::min(a.last, size - 1)}; }

// One dimension of a Reads.
struct LineWindow {
  Index kernel, stride, dilation, start;

  Interval read_by(Interval out, ReadKind kind) const {
    if (out.empty()) return kNoInterval;
    if (kind == ReadKind::kTransposed) return transposed(out);
    return {out.first * stride + start, out.last * stride + start + (kernel - 1) * dilation};
  }

 private:
  // Tap by tap, for where the kernel is dilated not every row meets one.
  Interval transposed(Interval out) const {
    Interval result = kNoInterval;
    for (Index u = 0; u < kernel; u++) {
      const Index offset = start + u * dilation;
      result = around(result, {-floor_div(offset - out.first, stride), floor_div(out.last - offset, stride)});
    }
    return result;
  }
};

struct SlideStep {
  Extent extent;
  Index before, after;  // padding that is read
  bool cut;             // some of it lies in the input, some in other parts
};

SlideStep slide_step(const Extent& out, const LineWindow& slide, ReadKind kind, Index size) {
  const Interval seen = slide.read_by({out.first, out.last}, kind), shown = cut_to(seen, size);
  const Interval read = slide.read_by({out.begin, out.end}, kind), inside = cut_to(read, size);
  const Interval whole = kind == ReadKind::kPart ? inside : read;
  const bool cut = kind == ReadKind::kPart && !inside.empty() && (read.first < 0 || read.last >= size);
  const bool pads = kind == ReadKind::kWindow && !seen.empty();
  const double stride = static_cast<double>(slide.stride);
  return {{.first = shown.first,
           .last = shown.last,
           .begin = whole.first,
           .end = whole.last,
           .jump = kind == ReadKind::kTransposed ? out.jump / stride : out.jump * stride},
          pads ? std::max<Index>(-seen.first, 0) : 0,
          pads ? std::max<Index>(seen.last - (size - 1), 0) : 0,
          cut};
}

void join_extent(Extent& to, const Extent& more) {
  const Interval seen = around({to.first, to.last}, {more.first, more.last});
  const Interval whole = around({to.begin, to.end}, {more.begin, more.end});
  to = {seen.first, seen.last, whole.first, whole.last, std::max(to.jump, more.jump)};
}

void join_field(Field& to, const Field& more) {
  to.readers.insert(to.readers.end(), more.readers.begin(), more.readers.end());
  to.moves = to.moves && more.moves && to.turned == more.turned;
  if (to.kind == Field::Kind::kPixels && more.kind == Field::Kind::kPixels) {
    join_extent(to.rows, more.rows);
    join_extent(to.columns, more.columns);
  } else if (to.kind != Field::Kind::kAll) {
    to.kind = more.kind == Field::Kind::kAll ? Field::Kind::kAll : Field::Kind::kUnknown;
  }
}

Extent whole_extent(Index size) { return {0, size - 1, 0, size - 1, 0}; }

// The field in an image that is read as windows of another image; none where it lies in other inputs alone.
std::optional<Field> field_behind_window(const Field& out, const Reads& reads, const Shape& to,
                                         const Shape& from, FieldReader reader, ReceptiveFields& result) {
  const bool pixels = out.kind == Field::Kind::kPixels;
  Extent rows = pixels ? out.rows : whole_extent(to[2]), columns = pixels ? out.columns : whole_extent(to[3]);
  if (reads.kind == ReadKind::kSwapped) std::swap(rows, columns);
  const Window& w = reads.window;
  const SlideStep r =
      slide_step(rows, {w.kernel.h, w.stride.h, w.dilation.h, reads.start.h}, reads.kind, from[2]);
  const SlideStep c =
      slide_step(columns, {w.kernel.w, w.stride.w, w.dilation.w, reads.start.w}, reads.kind, from[3]);
  if (reads.kind == ReadKind::kPart) {
    if (r.extent.size() < 1 || c.extent.size() < 1) return std::nullopt;
    bool &rows_cut = out.turned ? result.columns_cut : result.rows_cut,
         &columns_cut = out.turned ? result.rows_cut : result.columns_cut;
    rows_cut = rows_cut || (pixels && r.cut);
    columns_cut = columns_cut || (pixels && c.cut);
  }
  reader.above = r.before;
  reader.below = r.after;
  reader.left = c.before;
  reader.right = c.after;
  const auto whole = [](const Extent& e, Index size) { return e.first == 0 && e.last == size - 1; };
  const bool all = !pixels && whole(r.extent, from[2]) && whole(c.extent, from[3]);
  return Field{.kind = all ? Field::Kind::kAll : Field::Kind::kPixels,
               .rows = r.extent,
               .columns = c.extent,
               .turned = out.turned != (reads.kind == ReadKind::kSwapped),
               .moves = pixels && out.moves,
               .readers = {reader}};
}

bool slides(const Reads& reads) {
  const Window& w = reads.window;
  const Index least = reads.kind == ReadKind::kTransposed ? 1 : 0;  // it divides by the stride
  return reads.has_window() && w.stride.h >= least && w.stride.w >= least;
}

// What a field becomes in an input; none where the number does not depend on that.
std::optional<Field> field_behind(const Field& out, const FieldNode& op, const Shape& from,
                                  FieldReader reader, ReceptiveFields& result) {
  const Reads& reads = op.reads[reader.input];
  if (reads.kind == ReadKind::kWeight) return std::nullopt;
  Field field{.readers = {reader}};
  const bool all = out.kind == Field::Kind::kAll;
  if (reads.kind == ReadKind::kAll || reads.kind == ReadKind::kBatch ||
      (reads.kind == ReadKind::kRearranged && all))
    field.kind = Field::Kind::kAll;
  const bool follows = out.kind != Field::Kind::kUnknown && slides(reads);
  if (!follows || !is_image(op.shape) || !is_image(from)) return field;
  return field_behind_window(out, reads, op.shape, from, reader, result);
}

Field field_of_block(const PixelBlock& block) {
  const auto& [top, bottom, left, right] = block;
  return {.kind = Field::Kind::kPixels,
          .rows = {top, bottom, top, bottom},
          .columns = {left, right, left, right}};
}

// Whether each number of an op sees as much as the others, but for the parts of a concat.
bool reads_alike(const Reads& reads) {
  return reads.kind != ReadKind::kTransposed || reads.window.stride == 1;
}

ReceptiveFields fields_behind(std::span<const FieldNode> nodes, std::size_t node, const Field& own) {
  ReceptiveFields result;
  result.of.resize(node + 1);
  result.of[node] = own;
  for (std::size_t i = node + 1; i-- > 0;) {
    for (std::size_t k = 0; result.of[i] && k < nodes[i].inputs.size(); k++) {
      const std::size_t input = nodes[i].inputs[k];
      result.uniform = result.uniform && reads_alike(nodes[i].reads[k]);
      const std::optional<Field> field =
          field_behind(*result.of[i], nodes[i], nodes[input].shape, {i, k}, result);
      if (!field) continue;
      if (result.of[input]) {
        join_field(*result.of[input], *field);
      } else {
        result.of[input] = field;
      }
    }
  }
  return result;
}

}  // namespace

std::optional<ReceptiveField> Field::moving() const {
  if (kind != Kind::kPixels || !moves) return std::nullopt;
  const auto& [along_rows, along_columns] = turned ? std::tie(columns, rows) : std::tie(rows, columns);
  return ReceptiveField{{along_rows.size(), along_columns.size()}, {along_rows.jump, along_columns.jump}};
}

ReceptiveFields receptive_fields(std::span<const FieldNode> nodes, std::size_t node, Index element) {
  const Shape& shape = nodes[node].shape;
  if (!is_image(shape)) return fields_behind(nodes, node, {});
  const Index row = element / shape[3] % shape[2], column = element % shape[3];
  return receptive_fields(nodes, node, {row, row, column, column});
}

ReceptiveFields receptive_fields(std::span<const FieldNode> nodes, std::size_t node,
                                 const PixelBlock& block) {
  return fields_behind(nodes, node, field_of_block(block));
}

}  // namespace reel::inline REEL_PRECISION::inspect

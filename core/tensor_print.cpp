// Tensor::text: the layout of torch's print-outs (torch/_tensor_str.py of PyTorch 1.13 is the reference).
#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/tensor.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr Index kSummarizeAbove = 1000;  // elements
constexpr Index kEdgeItems = 3;
constexpr std::size_t kLineWidth = 80;
constexpr std::string_view kPrefix = "tensor(";

std::string with_decimals(double value, bool scientific) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return scientific ? fmt::format("{:.4e}", value) : fmt::format("{:.4f}", value);
}

// One format for all the numbers shown: whole numbers as "3.", others with four decimals, scientific where
// the range asks for it; right-aligned to the widest.
class NumberFormat {
 public:
  explicit NumberFormat(const std::vector<double>& shown) {
    double smallest = INFINITY, largest = 0;
    for (const double value : shown) {
      if (!std::isfinite(value) || value == 0) continue;
      smallest = std::min(smallest, std::abs(value));
      largest = std::max(largest, std::abs(value));
      if (value != std::ceil(value)) whole_ = false;
    }
    if (largest > 0) {
      const bool wide_range = largest / smallest > 1000;
      scientific_ = wide_range || largest > 1e8;
      if (!whole_) scientific_ = scientific_ || smallest < 1e-4;
    }
    for (const double value : shown) {
      if (std::isfinite(value) && value != 0) width_ = std::max(width_, bare(value).size());
    }
  }

  std::string text(double value) const { return fmt::format("{:>{}}", bare(value), width_); }
  std::size_t width() const { return width_; }

 private:
  std::string bare(double value) const {
    if (!std::isfinite(value) || scientific_ || !whole_) return with_decimals(value, scientific_);
    return fmt::format("{:.0f}.", value);
  }

  bool whole_ = true, scientific_ = false;
  std::size_t width_ = 1;
};

class Printer {
 public:
  explicit Printer(const Tensor& tensor)
      : shape_(tensor.shape()),
        data_(tensor.data()),
        summarize_(tensor.numel() > kSummarizeAbove),
        format_(shown_values()) {}

  std::string text() const { return block(0, 0); }

 private:
  // The positions of dimension d that are printed; -1 stands for the dots between.
  std::vector<Index> positions(Index d) const {
    const Index n = shape_[d];
    std::vector<Index> result;
    for (Index i = 0; i < n; i++) {
      if (!summarize_ || n <= 2 * kEdgeItems || i < kEdgeItems || i >= n - kEdgeItems) {
        result.push_back(i);
      } else if (i == kEdgeItems) {
        result.push_back(-1);
      }
    }
    return result;
  }

  void collect(Index d, Index offset, std::vector<double>& out) const {
    if (d == shape_.dim()) {
      out.push_back(static_cast<double>(data_[offset]));
      return;
    }
    for (const Index i : positions(d)) {
      if (i >= 0) collect(d + 1, offset * shape_[d] + i, out);
    }
  }

  std::vector<double> shown_values() const {
    std::vector<double> values;
    if (shape_.numel() > 0) collect(0, 0, values);
    return values;
  }

  std::string block(Index d, Index offset) const {
    if (d == shape_.dim()) return format_.text(static_cast<double>(data_[offset]));
    const std::size_t indent = kPrefix.size() + static_cast<std::size_t>(d) + 1;
    return d == shape_.dim() - 1 ? row(offset, indent) : rows(d, offset, indent);
  }

  // The innermost dimension: numbers side by side, broken at the line's width.
  std::string row(Index offset, std::size_t indent) const {
    const std::size_t per_line = std::max<std::size_t>(1, (kLineWidth + 1 - indent) / (format_.width() + 2));
    std::string out = "[";
    std::size_t count = 0;
    for (const Index i : positions(shape_.dim() - 1)) {
      if (count > 0) out += count % per_line == 0 ? fmt::format(",\n{:{}}", "", indent) : ", ";
      out += i < 0 ? " ..." : format_.text(static_cast<double>(data_[offset * shape_[-1] + i]));
      count++;
    }
    out += "]";
    return out;
  }

  // Blocks below each other, with one empty line more for each dimension that they have.
  std::string rows(Index d, Index offset, std::size_t indent) const {
    const std::string separator = fmt::format(",{:\n<{}}{:{}}", "", shape_.dim() - 1 - d, "", indent);
    std::string out = "[";
    bool first = true;
    for (const Index i : positions(d)) {
      if (!first) out += separator;
      out += i < 0 ? "..." : block(d + 1, offset * shape_[d] + i);
      first = false;
    }
    out += "]";
    return out;
  }

  const Shape& shape_;
  const Scalar* data_;
  bool summarize_;
  NumberFormat format_;
};

}  // namespace

std::string Tensor::text() const {
  if (numel() == 0) {
    return dim() == 1 ? "tensor([])" : fmt::format("tensor([], size=({}))", fmt::join(shape_.sizes(), ", "));
  }
  return fmt::format("{}{})", kPrefix, Printer(*this).text());
}

std::ostream& operator<<(std::ostream& os, const Tensor& tensor) { return os << tensor.text(); }

}  // namespace reel::inline REEL_PRECISION

// Storage with its version counter, and what makes, reads and changes tensors.
#include <reel/core/tensor.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/memory.h>
#include <reel/core/option_check.h>
#include <reel/core/random.h>
#include <reel/core/text/detail/number.h>

namespace reel::inline REEL_PRECISION {

namespace detail {

// Sits at the head of its pooled block; the elements follow at the next multiple of 64 bytes.
struct alignas(64) Storage {
  std::atomic<std::int64_t> references{1};
  std::atomic<std::uint64_t> version{0};
  std::size_t block_bytes = 0;

  Scalar* elements() { return reinterpret_cast<Scalar*>(this + 1); }
};

}  // namespace detail

namespace {

detail::Storage* new_storage(Index numel) {
  const std::uint64_t bytes = sizeof(detail::Storage) + static_cast<std::uint64_t>(numel) * sizeof(Scalar);
  auto* storage = new (pool_allocate(bytes)) detail::Storage;
  storage->block_bytes = static_cast<std::size_t>(bytes);
  return storage;
}

Index checked_dim(const OptionCheck& check, const Shape& shape, Index dimension) {
  check.require<ShapeError>(-shape.dim() <= dimension && dimension < shape.dim(),
                            "dimension {} is out of range for shape {}: it has {} dimensions", dimension,
                            shape, shape.dim());
  return shape.resolve(dimension);
}

// How many elements lie before and behind a dimension.
std::pair<Index, Index> around(const Shape& shape, Index d) {
  Index outer = 1, inner = 1;
  for (Index i = 0; i < d; i++) outer *= shape[i];
  for (Index i = d + 1; i < shape.dim(); i++) inner *= shape[i];
  return {outer, inner};
}

}  // namespace

Tensor::Tensor(const Tensor& other) noexcept : shape_(other.shape_), storage_(other.storage_) {
  if (storage_) storage_->references.fetch_add(1, std::memory_order_relaxed);
}

Tensor::~Tensor() {
  if (storage_ && storage_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const std::size_t bytes = storage_->block_bytes;
    storage_->~Storage();
    pool_free(storage_, bytes);
  }
}

Tensor Tensor::uninitialized(const Shape& shape) { return {shape, new_storage(shape.numel())}; }

Tensor Tensor::full(const Shape& shape, Scalar value) {
  Tensor t = uninitialized(shape);
  t.fill(value);
  return t;
}

Tensor Tensor::arange(Located<double> first, double end, double step) {
  const double begin = first;
  const double steps = (end - begin) / step;
  OptionCheck("Tensor::arange", first.where)
      .require<ShapeError>(std::isfinite(begin) && std::isfinite(end) && std::isfinite(step) && steps >= 0 &&
                               steps <= static_cast<double>(kMaxCount),
                           "no steps of {} lead from {} to {}; give a step towards the end", step, begin,
                           end);
  double count = std::ceil(steps);
  // A last element that is the end but for rounding, of Scalars or of the doubles far from 0, is none.
  const double last = begin + (count - 1) * step, gap = std::abs(end - last);
  const double rounding = (std::abs(begin) + std::abs(end)) * std::numeric_limits<double>::epsilon();
  const bool is_end = static_cast<Scalar>(last) == static_cast<Scalar>(end) || gap <= rounding;
  if (count > 0 && is_end && gap <= std::abs(step) / 4) count--;
  Tensor t = uninitialized({static_cast<Index>(count)});
  Scalar* out = t.mutable_data();
  for (Index i = 0; i < t.numel(); i++) out[i] = static_cast<Scalar>(begin + static_cast<double>(i) * step);
  return t;
}

Tensor Tensor::randn(const Shape& shape) {
  Tensor t = uninitialized(shape);
  next_random_stream().fill_normal(t.mutable_values(), 0, 1);
  return t;
}

Tensor Tensor::rand(const Located<Shape>& shape, Scalar low, Scalar high) {
  OptionCheck("Tensor::rand", shape.where).bounds(low, high);
  Tensor t = uninitialized(shape);
  next_random_stream().fill_uniform(t.mutable_values(), low, high);
  return t;
}

Tensor Tensor::from(const Located<Shape>& shape, std::span<const Scalar> values) {
  if (std::ssize(values) != shape.numel()) {
    throw ShapeError(fmt::format("Tensor::from ({}): shape {} wants {} values, {} were given",
                                 Scope::resolve(shape.where).text(), shape.text(), shape.numel(),
                                 values.size()));
  }
  Tensor t = uninitialized(shape);
  std::copy(values.begin(), values.end(), t.mutable_data());
  return t;
}

const Scalar* Tensor::data() const { return storage_ ? storage_->elements() : nullptr; }

Scalar* Tensor::mutable_data() {
  if (!storage_) return nullptr;
  storage_->version.fetch_add(1, std::memory_order_relaxed);
  return storage_->elements();
}

Index Tensor::offset(std::initializer_list<Index> indices) const {
  const auto fail = [&](const std::string& what_there_is) {
    throw ShapeError(fmt::format("index ({}): shape {} {}", fmt::join(indices, ", "), shape_, what_there_is));
  };
  if (std::ssize(indices) != dim()) fail(fmt::format("takes {} {}", dim(), dim() == 1 ? "index" : "indices"));
  Index offset = 0;
  const Index* size = shape_.begin();
  for (const Index i : indices) {
    const Index n = *size++;
    if (i < -n || i >= n) {
      fail(fmt::format("has in dimension {} {}, not {}", size - shape_.begin() - 1, indices_text(n), i));
    }
    offset = offset * n + (i < 0 ? i + n : i);
  }
  return offset;
}

Scalar Tensor::item(Location where) const {
  if (numel() != 1) {
    throw ShapeError(
        fmt::format("item ({}): shape {} has {} elements, item() wants exactly one; use at(...) or a sum",
                    Scope::resolve(where).text(), shape_, numel()));
  }
  return data()[0];
}

Tensor Tensor::reshape(Located<std::span<const Index>> sizes) const {
  const auto fail = [&](std::string_view why) {
    throw ShapeError(fmt::format("{}: shape {} has {} elements, [{}] {}",
                                 call_label("reshape", Scope::path(), Scope::resolve(sizes.where)), shape_,
                                 numel(), fmt::join(sizes, ","), why));
  };
  if (std::ssize(sizes) > Shape::kMaxDim) fail("has more than 8 dimensions");
  std::array<Index, Shape::kMaxDim> resolved{};
  Index known = 1, *unknown = nullptr;
  for (std::size_t i = 0; i < sizes.size(); i++) {
    resolved[i] = sizes[i];
    if (sizes[i] == -1) {
      if (unknown) fail("is unclear: only one size may be -1");
      unknown = &resolved[i];
    } else if (sizes[i] < 0) {
      fail("has a negative size");
    } else if (__builtin_mul_overflow(known, sizes[i], &known)) {
      fail("cannot hold them");
    }
  }
  if (unknown) {
    if (known == 0) fail("is unclear: -1 could be any size");
    *unknown = numel() / known;
    known *= *unknown;
  }
  if (known != numel()) fail("cannot hold them");
  Tensor t = *this;
  t.shape_ = Shape(std::span(resolved).first(sizes.size()));
  return t;
}

Tensor Tensor::clone() const {
  if (!defined()) return {};
  Tensor t = uninitialized(shape_);
  std::copy_n(data(), numel(), t.mutable_data());
  return t;
}

Tensor Tensor::rows(Located<Index> begin, std::optional<Index> end) const {
  const OptionCheck check("rows", begin.where);
  const Index n = dim() > 0 ? shape_[0] : 0, first = checked_dim(check, shape_, 0);
  const auto clamped = [n](Index i) { return std::clamp<Index>(i < 0 ? i + n : i, 0, n); };
  const Index from = clamped(begin), to = std::max(from, clamped(end.value_or(n)));
  Tensor t = uninitialized(shape_.with(first, to - from));
  const Index row = n > 0 ? numel() / n : 0;
  std::copy_n(data() + from * row, (to - from) * row, t.mutable_data());
  return t;
}

Tensor Tensor::index_select(Located<Index> dimension, std::span<const Index> positions) const {
  const OptionCheck check("index_select", dimension.where);
  const Index d = checked_dim(check, shape_, dimension), n = shape_[d];
  const auto [outer, inner] = around(shape_, d);
  Tensor t = uninitialized(shape_.with(d, std::ssize(positions)));
  Scalar* to = t.mutable_data();
  for (Index o = 0; o < outer; o++) {
    for (const Index position : positions) {
      check.require<ShapeError>(-n <= position && position < n,
                                "position {} is out of range for dimension {} of shape {}", position, d,
                                shape_);
      to = std::copy_n(data() + (o * n + (position < 0 ? position + n : position)) * inner, inner, to);
    }
  }
  return t;
}

void Tensor::fill(Scalar value) { std::fill_n(mutable_data(), numel(), value); }

void Tensor::copy_from(Located<const Tensor&> located) {
  const Tensor& source = located;
  if (source.shape() != shape_) {
    throw ShapeError(fmt::format("copy_from ({}): shape {} cannot take the elements of shape {}",
                                 Scope::resolve(located.where).text(), shape_, source.shape()));
  }
  std::copy_n(source.data(), numel(), mutable_data());
}

std::vector<Index> Tensor::argmax(Located<Index> dimension) const {
  const OptionCheck check("argmax", dimension.where);
  const Index d = checked_dim(check, shape_, dimension), n = shape_[d];
  check.require<ShapeError>(n > 0, "dimension {} of shape {} is empty", d, shape_);
  const auto [outer, inner] = around(shape_, d);
  std::vector<Index> result;
  result.reserve(static_cast<std::size_t>(outer * inner));
  for (Index o = 0; o < outer; o++) {
    for (Index i = 0; i < inner; i++) {
      const Scalar* line = data() + o * n * inner + i;
      Index best = 0;
      for (Index k = 1; k < n && !std::isnan(line[best * inner]); k++) {
        if (!(line[k * inner] <= line[best * inner])) best = k;
      }
      result.push_back(best);
    }
  }
  return result;
}

bool Tensor::unique() const { return storage_ && storage_->references.load(std::memory_order_acquire) == 1; }

std::uint64_t Tensor::version() const {
  return storage_ ? storage_->version.load(std::memory_order_relaxed) : 0;
}

}  // namespace reel::inline REEL_PRECISION

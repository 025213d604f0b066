// The number formats of files, as Scalars. Internal to core/io.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Truth values of one byte, two's complement and unsigned integers, and floating point: IEEE 754 binary16,
/// bfloat16 (the upper half of a binary32), binary32 and binary64, and the two formats of eight bits of
/// Micikevicius et al., "FP8 formats for deep learning", 2022.
enum class ElementType {
  kBool,
  kI8,
  kU8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kF8E4M3,
  kF8E5M2,
  kF16,
  kBF16,
  kF32,
  kF64
};

/// The format of Scalar itself.
inline constexpr ElementType kScalarType = sizeof(Scalar) == 4 ? ElementType::kF32 : ElementType::kF64;

/// The format that safetensors calls `name`, "F32", or NumPy, "f4", "float32" or "f", without a byte order;
/// none for one that no Scalar can hold.
std::optional<ElementType> safetensors_type(std::string_view name);
std::optional<ElementType> numpy_type(std::string_view name);
/// "F32" for binary32.
std::string_view safetensors_name(ElementType type);

/// Bytes of one element.
std::size_t element_size(ElementType type);
/// Whether it is one of the integers; a truth value is none.
bool is_integer(ElementType type);

/// Converts out.size() elements of `type` from their bytes (out.size() * element_size(type) of them), each to
/// the nearest Scalar. Elements of the Scalar's own format keep their bits.
void decode(ElementType type, std::string_view bytes, std::span<Scalar> out,
            std::endian order = std::endian::little);
/// The one little-endian integer of a type that is_integer().
std::int64_t decode_integer(ElementType type, std::string_view bytes);

}  // namespace reel::inline REEL_PRECISION

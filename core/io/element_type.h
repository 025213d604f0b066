// The number formats of files, as Scalars. Internal to core/io.
#pragma once

#include <bit>
#include <cstddef>
#include <span>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// IEEE 754 binary16, bfloat16 (the upper half of a binary32), binary32 and binary64.
enum class ElementType { kF16, kBF16, kF32, kF64 };

/// The format of Scalar itself.
inline constexpr ElementType kScalarType = sizeof(Scalar) == 4 ? ElementType::kF32 : ElementType::kF64;

/// Bytes of one element.
std::size_t element_size(ElementType type);

/// Converts out.size() elements of `type` from their bytes (out.size() * element_size(type) of them), each to
/// the nearest Scalar. Elements of the Scalar's own format keep their bits.
void decode(ElementType type, std::string_view bytes, std::span<Scalar> out,
            std::endian order = std::endian::little);

}  // namespace reel::inline REEL_PRECISION

// A remedy for a mistake of a compiler that concerns every struct of options.
#pragma once

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// As a base or member, makes a struct copy member by member, never as one block. g++ 12 with AVX-512, where
/// it knows what it copies, turns a block of 32 bytes of the words v, v, 0, 0 or v, v, v, 0 into v, v, v, v:
/// a stride of 1 becomes a padding of 1. (It asks whether the words of the constant are equal, of which
/// leading zeros are none.) So every public struct of 32 bytes and more whose numbers a program writes down
/// holds one of these.
struct CopiedByMember {
  constexpr CopiedByMember() = default;
  constexpr CopiedByMember(const CopiedByMember&) {}
  constexpr CopiedByMember& operator=(const CopiedByMember&) { return *this; }
  friend constexpr bool operator==(CopiedByMember, CopiedByMember) { return true; }
};

}  // namespace reel::inline REEL_PRECISION

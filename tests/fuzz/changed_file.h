// A checkpoint's file, changed as the bytes of an input say.
#pragma once

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/io/safetensors.h>

#include "bytes.h"

namespace reel_fuzz {

inline std::string drawn_text(Bytes& in) {
  static constexpr std::array<const char*, 20> kTexts{"0",
                                                      "1",
                                                      "2",
                                                      "3",
                                                      "-1",
                                                      "9223372036854775807",
                                                      "-9223372036854775808",
                                                      "9007199254740992",
                                                      "0.5",
                                                      "nan",
                                                      "inf",
                                                      "-inf",
                                                      "1e308",
                                                      "1e-320",
                                                      "9007199254740993",
                                                      "text:settings.--lr",
                                                      "real:",
                                                      "integer:",
                                                      "model",
                                                      ""};
  const unsigned drawn = in.byte();
  if (drawn < kTexts.size()) return kTexts[drawn];
  return std::string(drawn % 9, static_cast<char>(in.byte()));
}

inline reel::Scalar drawn_number(Bytes& in) {
  constexpr reel::Scalar kInfinity = std::numeric_limits<reel::Scalar>::infinity();
  static constexpr std::array<reel::Scalar, 10> kNumbers{0,
                                                         1,
                                                         2,
                                                         -1,
                                                         reel::Scalar(0.5),
                                                         reel::Scalar(3e38),
                                                         -reel::Scalar(3e38),
                                                         kInfinity,
                                                         -kInfinity,
                                                         std::numeric_limits<reel::Scalar>::quiet_NaN()};
  return in.of(kNumbers);
}

inline reel::Tensor drawn_tensor(Bytes& in) {
  std::vector<reel::Index> sizes;
  for (unsigned dims = in.byte() % 4; dims > 0; dims--) sizes.push_back(in.byte() % 12);
  return reel::Tensor::full(reel::Shape(sizes), drawn_number(in));
}

/// Another text or number in place of one, one away or one more.
inline void change(reel::Safetensors& file, Bytes& in) {
  auto& texts = file.metadata;
  auto& tensors = file.state.tensors;
  const unsigned kind = in.byte() % 7;
  if (kind == 0) texts[drawn_text(in) + drawn_text(in)] = drawn_text(in);
  if (kind == 1) tensors["ranges." + drawn_text(in) + ".weight"] = drawn_tensor(in);
  if (kind >= 2 && kind < 4 && !texts.empty()) {
    auto& [name, text] = in.of(texts);
    if (kind == 2) text = drawn_text(in);
    if (kind == 3) texts.erase(name);
  }
  if (kind < 4 || tensors.empty()) return;
  auto& [name, tensor] = in.of(tensors);
  if (kind == 4) tensor = drawn_tensor(in);
  if (kind == 5) tensors.erase(name);
  if (kind == 6 && tensor.numel() > 0) {
    tensor = tensor.clone();
    tensor.mutable_values()[in.byte() % tensor.values().size()] = drawn_number(in);
  }
}

}  // namespace reel_fuzz

// Broken versions of a file: readers refuse each with an Error or read it, and nothing else.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include <reel/core/error.h>

namespace reel_test {

/// Calls read(bytes) with `bytes` cut at every length and with each byte replaced by several others. Any
/// exception but a reel::Error fails the test. Returns how many versions were refused.
template <class Read>
int refused_mutations(const std::string& bytes, Read read) {
  int refused = 0;
  const auto try_reading = [&](const std::string& mutant) {
    try {
      read(mutant);
    } catch (const reel::Error&) {
      refused++;
    }
  };
  for (std::size_t length = 0; length < bytes.size(); length++) try_reading(bytes.substr(0, length));
  for (std::size_t i = 0; i < bytes.size(); i++) {
    const char other[] = {'\0', '\xFF', '"', '[', '}', ',', '0', '9', '-', static_cast<char>(bytes[i] ^ 1)};
    for (const char c : other) {
      std::string mutant = bytes;
      mutant[i] = c;
      try_reading(mutant);
    }
    try_reading(bytes.substr(0, i) + bytes.substr(i + 1));
    try_reading(bytes.substr(0, i) + bytes.substr(i, 1) + bytes.substr(i));
  }
  return refused;
}

}  // namespace reel_test

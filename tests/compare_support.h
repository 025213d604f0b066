// The same computation on several threads, and messages of errors.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include <reel/core/error.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>
#include <reel/core/tensor.h>

#include "close.h"

namespace reel_test {

/// True where f(), a tensor, has the same bits with 1, 2 and 4 threads.
template <class F>
bool same_bits_at_any_thread_count(F&& f) {
  const int before = reel::num_threads();
  reel::set_num_threads(1);
  const reel::Tensor one = f();
  bool same = true;
  for (const int threads : {2, 4}) {
    reel::set_num_threads(threads);
    const reel::Tensor several = f();
    same = same && one.shape() == several.shape() &&
           std::memcmp(one.data(), several.data(), one.values().size_bytes()) == 0;
  }
  reel::set_num_threads(before);
  return same;
}

/// Random shapes and options: whole numbers in [low, high], the same in every run.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : stream_(seed, 0) {}
  reel::Index operator()(reel::Index low, reel::Index high) {
    return low + static_cast<reel::Index>(stream_.below(next_++, static_cast<std::uint64_t>(high - low + 1)));
  }

 private:
  reel::RandomStream stream_;
  std::uint64_t next_ = 0;
};

/// Whether `text` has `part` in it.
inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// How often it has it.
inline std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) found++;
  return found;
}

/// The message of the E that f() throws, or what happened instead.
template <class E = reel::ShapeError, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another kind of error: ") + error.what();
  }
  return "no error";
}

}  // namespace reel_test

/// CHECK_ERROR(expression, words...): the expression throws a ShapeError whose message has all the words.
#define CHECK_ERROR(expression, ...)                                                      \
  do {                                                                                    \
    const std::string message = reel_test::error_of([&] { (void)(expression); });         \
    for (const char* words : {__VA_ARGS__}) {                                             \
      CHECK_MESSAGE(message.find(words) != std::string::npos, message, " lacks ", words); \
    }                                                                                     \
  } while (false)

// What libc++ lacked of C++20 until its version 15, as far as Reel uses it: std::bit_cast and the algorithms on ranges.
// CMake lets the compiler include it first where they are missing, as in Debian 12's emscripten; elsewhere nobody does.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

_LIBCPP_BEGIN_NAMESPACE_STD

template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}

namespace ranges {

// f of what `projection` makes of each argument.
template <class F, class P>
constexpr auto projected(F& f, P& projection) {
  return [&](auto&&... each) -> decltype(auto) {
    return std::invoke(f, std::invoke(projection, std::forward<decltype(each)>(each))...);
  };
}

// ---- What stands where, and how many of them.

template <class R, class F, class P = identity>
constexpr auto find_if(R&& range, F f, P projection = {}) {
  return std::find_if(std::begin(range), std::end(range), projected(f, projection));
}
template <class R, class T, class P = identity>
constexpr auto find(R&& range, const T& value, P projection = {}) {
  return ranges::find_if(
      range, [&](const auto& each) { return each == value; }, projection);
}
template <class R, class F, class P = identity>
constexpr auto count_if(R&& range, F f, P projection = {}) {
  return std::count_if(std::begin(range), std::end(range), projected(f, projection));
}
template <class R, class T, class P = identity>
constexpr auto count(R&& range, const T& value, P projection = {}) {
  return ranges::count_if(
      range, [&](const auto& each) { return each == value; }, projection);
}
template <class R, class F, class P = identity>
constexpr bool all_of(R&& range, F f, P projection = {}) {
  return std::all_of(std::begin(range), std::end(range), projected(f, projection));
}
template <class R, class F, class P = identity>
constexpr bool any_of(R&& range, F f, P projection = {}) {
  return std::any_of(std::begin(range), std::end(range), projected(f, projection));
}
template <class R, class F, class P = identity>
constexpr bool none_of(R&& range, F f, P projection = {}) {
  return std::none_of(std::begin(range), std::end(range), projected(f, projection));
}
template <class R, class F>
constexpr void for_each(R&& range, F f) {
  std::for_each(std::begin(range), std::end(range), f);
}

// ---- Two ranges beside each other.

template <class A, class B, class F = equal_to, class P = identity, class Q = identity>
constexpr bool equal(A&& a, B&& b, F f = {}, P of_a = {}, Q of_b = {}) {
  return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b),
                    [&](const auto& x, const auto& y) {
                      return std::invoke(f, std::invoke(of_a, x), std::invoke(of_b, y));
                    });
}
template <class A, class B>
struct in_in_result {
  A in1;
  B in2;
};
template <class A, class B, class F = equal_to>
constexpr auto mismatch(A&& a, B&& b, F f = {}) {
  const auto [x, y] = std::mismatch(std::begin(a), std::end(a), std::begin(b), std::end(b), f);
  return in_in_result<decltype(std::begin(a)), decltype(std::begin(b))>{x, y};
}
template <class A, class B>
constexpr void swap_ranges(A&& a, B&& b) {
  std::swap_ranges(std::begin(a), std::end(a), std::begin(b));
}

// ---- Order.

template <class R, class T, class C = less, class P = identity>
constexpr auto lower_bound(R&& range, const T& value, C less = {}, P projection = {}) {
  return std::lower_bound(std::begin(range), std::end(range), value, [&](const auto& each, const T& of) {
    return std::invoke(less, std::invoke(projection, each), of);
  });
}
template <class R, class T, class C = less, class P = identity>
constexpr auto upper_bound(R&& range, const T& value, C less = {}, P projection = {}) {
  return std::upper_bound(std::begin(range), std::end(range), value, [&](const T& of, const auto& each) {
    return std::invoke(less, of, std::invoke(projection, each));
  });
}
template <class R, class C = less, class P = identity>
constexpr void sort(R&& range, C less = {}, P projection = {}) {
  std::sort(std::begin(range), std::end(range), projected(less, projection));
}
template <class R>
constexpr bool is_sorted(R&& range) {
  return std::is_sorted(std::begin(range), std::end(range));
}
template <class R>
constexpr auto max_element(R&& range) {
  return std::max_element(std::begin(range), std::end(range));
}
template <class T>
struct min_max_result {
  T min, max;
};
template <class R>
constexpr auto minmax(R&& range) {
  const auto [least, most] = std::minmax_element(std::begin(range), std::end(range));
  return min_max_result<std::decay_t<decltype(*least)>>{*least, *most};
}

// ---- What is written.

template <class R, class Out>
constexpr void copy(R&& range, Out out) {
  std::copy(std::begin(range), std::end(range), out);
}
template <class R, class Out, class F>
constexpr void remove_copy_if(R&& range, Out out, F f) {
  std::remove_copy_if(std::begin(range), std::end(range), out, f);
}
template <class R, class Out, class F>
constexpr void transform(R&& range, Out out, F f) {
  std::transform(std::begin(range), std::end(range), out, [&](auto&& each) { return std::invoke(f, each); });
}
template <class A, class B, class Out, class F>
constexpr void transform(A&& a, B&& b, Out out, F f) {
  std::transform(std::begin(a), std::end(a), std::begin(b), out, f);
}
template <class R, class T>
constexpr void fill(R&& range, const T& value) {
  std::fill(std::begin(range), std::end(range), value);
}
template <class R>
constexpr void reverse(R&& range) {
  std::reverse(std::begin(range), std::end(range));
}
template <class R, class T>
constexpr void replace(R&& range, const T& from, const T& to) {
  std::replace(std::begin(range), std::end(range), from, to);
}

}  // namespace ranges

_LIBCPP_END_NAMESPACE_STD

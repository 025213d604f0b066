// Where a call stands in the user's program, for errors and inspection.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A source line. As a defaulted last parameter it captures the caller's line; but see Located.
/// (`std::source_location` is missing from clang 14 with libstdc++; the builtins work in both compilers.)
struct Location {
  struct Here {};  // first, so that no argument of another type converts to a Location

  const char* file;
  int line;

  constexpr Location(Here = {}, const char* file_name = __builtin_FILE(), int line_number = __builtin_LINE())
      : file(file_name), line(line_number) {}

  /// "train.cpp:31": the file's name without its folders.
  std::string text() const;
};

template <class T>
struct Located;

namespace detail {

// What braces hold that make a T: the sizes of a shape, the elements of a vector or a span.
struct NoElement;
template <class T>
struct ElementOf {
  using type = NoElement;
};
template <class T>
requires requires { typename T::value_type; }
struct ElementOf<T> {
  using type = typename T::value_type;
};
template <class T>
using Elements = std::initializer_list<typename ElementOf<T>::type>;

template <class U, class T>
concept Unlocated = !std::same_as<std::remove_cvref_t<U>, Located<T>> && std::convertible_to<U, T>;

}  // namespace detail

/// An argument, usually the first, that brings the line of the call with it, for the errors of a function:
///   Var relu(Located<Var> x);
/// What converts to a T converts to a Located<T>, and it is this conversion, on the caller's line, that
/// captures the line. It is used like a T. Handed on to another such function it keeps its line, so that what
/// a helper does is reported where the helper was called.
template <class T>
struct Located : T {
  Location where;

  template <detail::Unlocated<T> U>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): not where Unlocated
  constexpr Located(U&& v, Location here = {}) : T(std::forward<U>(v)), where(here) {}
  /// From braces; a span of them is good until the end of the call.
  template <std::constructible_from<detail::Elements<T>> U = T>
  constexpr Located(detail::Elements<T> elements, Location here = {}) : T(elements), where(here) {}
};
/// Of a number.
template <class T>
requires std::is_arithmetic_v<T>
struct Located<T> {
  T value;
  Location where;

  constexpr Located(T v, Location here = {}) : value(v), where(here) {}
  template <NotAnIndex Number, std::same_as<Index> U = T>
  Located(Number, Location = {}) = delete;  // counts are whole numbers
  constexpr operator T() const { return value; }
};
/// Of something that the function changes or refers to later.
template <class T>
struct Located<T&> {
  T& value;
  Location where;

  constexpr Located(T& v, Location here = {}) : value(v), where(here) {}
  constexpr operator T&() const { return value; }
};

struct Parameter;

/// What runs in a scope, a module: it knows the parameters of the network that is running.
class ScopeOwner {
 public:
  /// Whether `parameter`, used at `where`, is one of them. One that is not is remembered as missing.
  virtual bool owns(const Parameter& parameter, Location where) const = 0;

 protected:
  ~ScopeOwner() = default;
};

/// One running module call. Scopes nest; while one lives, ops recorded on this thread belong to it.
class Scope {
 public:
  /// Whose lines an op inside is reported at: its own (`kOwnLine`, a user's module) or that of the call of
  /// the module (`kCallersLine`, Reel's own layers, whose inner lines tell a user nothing).
  enum class Lines { kOwnLine, kCallersLine };

  /// `name` is appended to the path of the enclosing scopes with a dot; an empty one adds nothing. `owner`,
  /// where there is one, outlives the scope.
  Scope(const std::string& name, Location where, Lines lines, const ScopeOwner* owner = nullptr);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The path of the innermost scope of this thread: "layer1.conv2", or "" outside of any.
  static const std::string& path();
  /// Whether a module runs that `parameter`, used at `where`, is no part of.
  static bool is_stranger(const Parameter& parameter, Location where);
  /// The line to report for a call at `where`: `where`, or the caller's line inside a Reel layer.
  static Location resolve(Location where);

 private:
  const Scope* parent_;
  Location where_;
  Lines lines_;
  const ScopeOwner* owner_;
  std::size_t parent_path_size_;
};

/// How messages name a call: `conv2d "conv2" (train.cpp:31)`, without the scope where there is none.
std::string call_label(std::string_view op, const std::string& scope, Location where);

}  // namespace reel::inline REEL_PRECISION

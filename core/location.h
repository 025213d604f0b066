// Where a call stands in the user's program, for errors and inspection.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// A source line. As a defaulted last parameter it captures the caller's line:
///   Var relu(Var x, Location where = {});
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

/// One running module call. Scopes nest; while one lives, ops recorded on this thread belong to it.
class Scope {
 public:
  /// Whose lines an op inside is reported at: its own (`kOwnLine`, a user's module) or that of the call of
  /// the module (`kCallersLine`, Reel's own layers, whose inner lines tell a user nothing).
  enum class Lines { kOwnLine, kCallersLine };

  /// `name` is appended to the path of the enclosing scopes with a dot; an empty one adds nothing.
  Scope(const std::string& name, Location where, Lines lines);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The path of the innermost scope of this thread: "layer1.conv2", or "" outside of any.
  static const std::string& path();
  /// Whether a scope of this thread but the outermost has no name: that of a module called by another, which is
  /// no part of it.
  static bool in_stranger();
  /// The line to report for a call at `where`: `where`, or the caller's line inside a Reel layer.
  static Location resolve(Location where);

 private:
  const Scope* parent_;
  Location where_;
  Lines lines_;
  bool in_stranger_;
  std::size_t parent_path_size_;
};

/// How messages name a call: `conv2d "conv2" (train.cpp:31)`, without the scope where there is none.
std::string call_label(std::string_view op, const std::string& scope, Location where);

}  // namespace reel::inline REEL_PRECISION

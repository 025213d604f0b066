// The errors that Reel throws. Each message is one sentence: what, where, expected, found, what to do.
#pragma once

#include <stdexcept>
#include <string>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION {

/// Any misuse or failure that Reel reports. Base of the others.
class Error : public std::runtime_error {
 public:
  /// Messages quote names and texts of files, so what() is the message as one_line() gives it: no control
  /// character reaches a terminal, and no name of 80 MB fills it.
  explicit Error(const std::string& message);
};

/// Operands whose shapes do not fit together, or options that do not fit a shape.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A file whose content is not what its format demands.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be found, read or written.
class IoError : public Error {
 public:
  using Error::Error;
};

/// run(), whose errors get "label(): " in front: which op, file or flag they are about. An error stays of its
/// class, one of a program's own included.
template <class Label, class F>
decltype(auto) with_label(Label&& label, F&& run) {
  try {
    return run();
  } catch (Error& error) {
    error = Error(std::string(label()).append(": ").append(error.what()));
    throw;
  }
}

}  // namespace reel::inline REEL_PRECISION

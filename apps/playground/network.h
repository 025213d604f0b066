// A network that is put together from a list of layers, as by the visitor of the playground.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/reel.h>

namespace reel::playground {

/// A number that a kind of layer wants to know: its range, and what it is where nothing is said.
struct LayerNumber {
  std::string_view name, title;
  double least, most, usual;
  bool whole = true;
};

/// What there is to choose from.
struct LayerKind {
  std::string_view name, title;
  std::vector<LayerNumber> numbers;
  bool of_images = false;  ///< stands before the first linear
};
std::vector<LayerKind> layer_kinds();

/// One line of the list: a kind, and its numbers where they are not the usual ones.
struct LayerLine {
  std::string kind;
  std::map<std::string, double, std::less<>> numbers = {};
};

/// A layer that does not fit; the message says what to change.
class LayerError : public Error {
 public:
  LayerError(Index line, const std::string& message) : Error(message), line_(line) {}
  /// Where it stands in the list, from 1.
  Index line() const { return line_; }

 private:
  Index line_;
};

/// The layers one after another, and behind them a linear that gives the logits. A linear flattens images that it is
/// given. Parts are called "conv1", "conv2", "relu1"; errors and inspection name the line of the list, "layer:2".
class Network : public Module {
 public:
  /// For images [C,H,W]. A kind or a number that is not there, and a shape that does not fit, are a LayerError.
  Network(const std::vector<LayerLine>& lines, const Shape& image, Index classes);

  Var forward(Var x) override;

  /// The line of the list that a part was made for, from 1; of the logits the one behind the last.
  Index line_of(const std::string& part) const { return line_of_.at(part); }

 private:
  friend std::vector<LayerKind> layer_kinds();
  class Site;  // where a layer is put
  struct Row;
  struct Part {
    Module* module;
    Location place;
  };
  static const std::vector<Row>& rows();

  std::vector<Part> parts_;
  std::map<std::string, Index> line_of_;
};

}  // namespace reel::playground

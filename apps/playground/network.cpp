#include "playground/network.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <reel/core/text/detail/nearest.h>
#include <reel/core/text/detail/say.h>

namespace reel::playground {

/// The end of a network that is being built: the shape that the next layer is given, and its line of the list.
class Network::Site {
 public:
  Site(Network& net, const Shape& image) : net_(net), shape_{1, image[0], image[1], image[2]} {}

  void put(const LayerLine& line);

  // What the rows below ask for.
  double real(std::string_view name) const;
  Index number(std::string_view name) const { return static_cast<Index>(real(name)); }
  Located<Index> channels() const;
  Located<Index> features() const { return {shape_[1], place()}; }
  void flatten_images() {
    if (shape_.dim() == 4) add("flatten", Flatten{});
  }
  /// There is no source file that a layer stands in, but a list.
  Location place() const { return {{}, "layer", static_cast<int>(line_)}; }
  /// Under this name and a number; runs it once to learn the shape of what it gives.
  template <class M>
  void add(const std::string& name, M layer);

 private:
  const Row& row_called(const std::string& name) const;
  const LayerNumber& number_called(std::string_view name) const;
  void check_numbers() const;

  Network& net_;
  Shape shape_;
  Index line_ = 0;
  const Row* row_ = nullptr;
  const LayerLine* asked_ = nullptr;
  std::map<std::string, int> named_;
};

struct Network::Row {
  LayerKind kind;
  void (*put)(Site& site);
};

namespace {

constexpr LayerNumber kChannels{"channels", sentence("output channels"), 1, 512, 8};
constexpr LayerNumber kKernel{"kernel", sentence("kernel"), 1, 11, 3};
constexpr LayerNumber kStride{"stride", sentence("stride"), 1, 4, 1};
constexpr LayerNumber kPadding{"padding", sentence("padding"), 0, 5, 0};
constexpr LayerNumber kWindow{"kernel", sentence("window"), 2, 8, 2};
constexpr LayerNumber kOutputs{"outputs", sentence("outputs"), 1, 2048, 64};
constexpr LayerNumber kProbability{"p", sentence("probability"), 0, 0.95, 0.5, false};
constexpr bool kOfImages = true;

}  // namespace

const std::vector<Network::Row>& Network::rows() {
  static const std::vector<Row> rows{
      {{"conv", sentence("convolution"), {kChannels, kKernel, kStride, kPadding}, kOfImages},
       [](Site& s) {
         const Conv2dOptions options{.stride = s.number("stride"), .padding = s.number("padding")};
         s.add("conv", Conv2d{s.channels(), s.number("channels"), s.number("kernel"), options});
       }},
      {{"conv1x1", sentence("1×1 convolution"), {kChannels}, kOfImages},
       [](Site& s) {
         s.add("pointwise", Conv1x1{s.channels(), s.number("channels")});
       }},
      {{"depthwise", sentence("depthwise convolution"), {kKernel, kStride, kPadding}, kOfImages},
       [](Site& s) {
         const Located<Index> channels = s.channels();
         const Conv2dOptions options{
             .stride = s.number("stride"), .padding = s.number("padding"), .groups = channels};
         s.add("depthwise", Conv2d{channels, channels, s.number("kernel"), options});
       }},
      {{"max_pool", sentence("max pooling"), {kWindow}, kOfImages},
       [](Site& s) {
         s.add("pool", MaxPool2d{s.number("kernel"), MaxPool2dOptions{}, s.place()});
       }},
      {{"avg_pool", sentence("average pooling"), {kWindow}, kOfImages},
       [](Site& s) {
         s.add("pool", AvgPool2d{s.number("kernel"), AvgPool2dOptions{}, s.place()});
       }},
      {{"global_avg_pool", sentence("global average pooling"), {}, kOfImages},
       [](Site& s) { s.add("global_pool", GlobalAvgPool2d{}); }},
      {{"batch_norm", sentence("batch norm"), {}, kOfImages},
       [](Site& s) { s.add("norm", BatchNorm2d{s.features()}); }},
      {{"relu", sentence("relu"), {}}, [](Site& s) { s.add("relu", ReLU{}); }},
      {{"tanh", sentence("tanh"), {}}, [](Site& s) { s.add("tanh", Tanh{}); }},
      {{"sigmoid", sentence("sigmoid"), {}}, [](Site& s) { s.add("sigmoid", Sigmoid{}); }},
      {{"dropout", sentence("dropout"), {kProbability}},
       [](Site& s) {
         s.add("dropout", Dropout{{s.real("p"), s.place()}});
       }},
      {{"linear", sentence("linear"), {kOutputs}},
       [](Site& s) {
         s.flatten_images();
         s.add("fc", Linear{s.features(), s.number("outputs")});
       }},
  };
  return rows;
}

void Network::Site::put(const LayerLine& line) {
  line_++;
  asked_ = &line;
  try {
    row_ = &row_called(line.kind);
    check_numbers();
    row_->put(*this);
  } catch (const Error& error) {
    throw LayerError(line_, error.what());
  }
}

const Network::Row& Network::Site::row_called(const std::string& name) const {
  std::vector<std::string> names;
  for (const Row& row : rows()) {
    if (row.kind.name == name) return row;
    names.emplace_back(row.kind.name);
  }
  throw Error(fmt::format("there is no layer \"{}\"{}", name, suggestion(name, names)));
}

const LayerNumber& Network::Site::number_called(std::string_view name) const {
  for (const LayerNumber& number : row_->kind.numbers) {
    if (number.name == name) return number;
  }
  throw Error(fmt::format("{} has no number \"{}\"", row_->kind.name, name));
}

void Network::Site::check_numbers() const {
  for (const auto& [name, value] : asked_->numbers) {
    const LayerNumber& known = number_called(name);
    const bool fits = value >= known.least && value <= known.most;
    if (fits && (!known.whole || value == std::floor(value))) continue;
    throw Error(fmt::format("{}: {} is {}, a {} of {} to {} is wanted", row_->kind.title, known.title, value,
                            known.whole ? "whole number" : "number", known.least, known.most));
  }
}

double Network::Site::real(std::string_view name) const {
  const auto given = asked_->numbers.find(name);
  return given == asked_->numbers.end() ? number_called(name).usual : given->second;
}

Located<Index> Network::Site::channels() const {
  if (shape_.dim() == 4) return {shape_[1], place()};
  throw Error(
      fmt::format("{} wants images, and behind a linear there are none: it is given {}; put it before the "
                  "first linear",
                  row_->kind.title, shape_));
}

template <class M>
void Network::Site::add(const std::string& name, M layer) {
  const std::string part = fmt::format("{}{}", name, ++named_[name]);
  M& added = net_.add(part, std::move(layer));
  net_.parts_.push_back({&added, place()});
  net_.line_of_[part] = line_;
  const EvalMode eval(added);  // which draws no numbers and changes no statistics
  Tape tape{{.record = false}};
  shape_ = added({tape.input(Tensor::zeros(shape_)), place()}).shape();
}

std::vector<LayerKind> layer_kinds() {
  std::vector<LayerKind> kinds;
  for (const Network::Row& row : Network::rows()) kinds.push_back(row.kind);
  return kinds;
}

Network::Network(const std::vector<LayerLine>& lines, const Shape& image, Index classes) {
  Site site(*this, image);
  for (const LayerLine& line : lines) site.put(line);
  site.put({"linear", {{"outputs", static_cast<double>(classes)}}});
}

Var Network::forward(Var x) {
  for (const auto& [module, place] : parts_) x = (*module)({std::move(x), place});
  return x;
}

}  // namespace reel::playground

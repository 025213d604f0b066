#include "golden/golden.h"

#include <nlohmann/json.hpp>

#include <reel/core/io/safetensors.h>

using namespace reel;

namespace reel_test::inline REEL_PRECISION {
namespace {

void read_parameters(const std::string& text, GoldenCase& golden) {
  const nlohmann::json parameters = nlohmann::json::parse(text);
  for (const auto& [name, value] : parameters.items()) {
    if (value.is_string()) {
      golden.texts[name] = value.get<std::string>();
    } else if (value.is_boolean()) {
      golden.numbers[name] = {value.get<bool>() ? 1.0 : 0.0};
    } else if (value.is_array()) {
      golden.numbers[name] = value.get<std::vector<double>>();
    } else {
      golden.numbers[name] = {value.get<double>()};
    }
  }
}

}  // namespace

std::vector<Tensor> GoldenCase::inputs() const {
  std::vector<Tensor> all;
  while (tensors.contains("x" + std::to_string(all.size()))) {
    all.push_back(tensor("x" + std::to_string(all.size())));
  }
  return all;
}

double GoldenCase::number(const std::string& name, double otherwise) const {
  if (tensors.contains(name)) return static_cast<double>(tensor(name).item());
  return numbers.contains(name) ? numbers.at(name).at(0) : otherwise;
}

Index GoldenCase::integer(const std::string& name, Index otherwise) const {
  return static_cast<Index>(number(name, static_cast<double>(otherwise)));
}

bool GoldenCase::flag(const std::string& name, bool otherwise) const {
  return number(name, otherwise ? 1 : 0) != 0;
}

std::vector<Index> GoldenCase::integers(const std::string& name) const {
  std::vector<Index> result;
  for (const double value : numbers.at(name)) result.push_back(static_cast<Index>(value));
  return result;
}

Size2 GoldenCase::size(const std::string& name, Size2 otherwise) const {
  if (!numbers.contains(name)) return otherwise;
  const std::vector<Index> values = integers(name);
  return {values.at(0), values.at(1)};
}

Padding2 GoldenCase::padding() const {
  if (!numbers.contains("padding")) return 0;
  const std::vector<Index> values = integers("padding");
  return {values.at(0), values.at(1), values.at(2), values.at(3)};
}

std::string golden_path(const std::string& file) {
  return std::string(REEL_TEST_DATA) + "/golden/" + file + ".safetensors";
}

std::string data_path(const std::string& name) { return std::string(REEL_TEST_DATA) + "/data/" + name; }

std::string ops_header() { return std::string(REEL_TEST_DATA) + "/../core/ops/ops.h"; }

std::vector<GoldenCase> read_goldens(const std::string& file) {
  const Safetensors content = read_safetensors(golden_path(file));
  std::vector<GoldenCase> cases;
  for (const auto& [name, text] : content.metadata) {
    GoldenCase& golden = cases.emplace_back();
    read_parameters(text, golden);
    golden.op = golden.texts.at("op");
    golden.label = file + " " + name + " " + golden.op;
    golden.tensors = content.state.part(name).tensors;
  }
  return cases;
}

}  // namespace reel_test::inline REEL_PRECISION

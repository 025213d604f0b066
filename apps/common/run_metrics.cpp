#include "common/run_metrics.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/filters.h"
#include "common/mistakes.h"

namespace reel::apps {
namespace {

using Json = nlohmann::ordered_json;

// Of many numbers four digits are enough, and half as long as all. A checkpoint keeps them as Scalars, and a
// run that is resumed from it shall not round them otherwise.
double rounded(double value, int digits = 4) {
  return std::strtod(fmt::format("{:.{}g}", static_cast<Scalar>(value), digits).c_str(), nullptr);
}

Json rounded(std::span<const Scalar> values) {
  Json numbers = Json::array();
  for (const Scalar value : values) numbers.push_back(rounded(static_cast<double>(value)));
  return numbers;
}

// The y of a curve over steps, after a step.
Json since(const Series& curve, double step) {
  Json numbers = Json::array();
  for (const auto& [x, y] : curve.points) {
    if (x > step) numbers.push_back(rounded(y, 6));
  }
  return numbers;
}

// {"conv1": {"weight": [[step, least, most, root mean square], ...], "gradient": ...}, ...}
Json since(const LayerRanges& ranges, double step) {
  Json layers = Json::object();
  for (const LayerRanges::Layer& layer : ranges.layers()) {
    for (std::size_t kind = 0; kind < LayerRanges::kKinds.size(); kind++) {
      for (const ValueRange& r : layer.ranges[kind]) {
        if (r.step <= step) continue;
        layers[layer.name][LayerRanges::kKinds[kind]].push_back(
            {static_cast<std::int64_t>(r.step), rounded(r.least), rounded(r.most), rounded(r.rms)});
      }
    }
  }
  return layers;
}

Json object_of(const Facts& facts) {
  Json object = Json::object();
  for (const auto& [name, value] : facts) object[name] = value;
  return object;
}

Json rows_of(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (Index label = 0; label < matrix.classes(); label++) {
    Json& row = rows.emplace_back(Json::array());
    for (Index k = 0; k < matrix.classes(); k++) row.push_back(matrix.at(label, k));
  }
  return rows;
}

Json mistakes_of(const Evaluation& test) {
  Json mistakes = Json::array();
  const auto classes = static_cast<std::size_t>(test.confusion.classes());
  for (const Prediction& p : test.worst_mistakes(kMistakesShown)) {
    const auto all = test.probabilities.values();
    mistakes.push_back(
        {{"index", p.index},
         {"label", p.label},
         {"predicted", p.predicted},
         {"probabilities", rounded(all.subspan(static_cast<std::size_t>(p.index) * classes, classes))}});
  }
  return mistakes;
}

Json numbers_of(const Filters& filters) {
  const auto sizes = filters.weight.shape().sizes();
  return {{"name", filters.name},
          {"shape", std::vector<Index>(sizes.begin(), sizes.end())},
          {"values", rounded(filters.weight.values())}};
}

Json rows_of(const Profile& profile) {
  Json rows = Json::array();
  for (const ProfileEntry& e : profile.entries()) {
    rows.push_back({{"layer", e.scope},
                    {"op", e.op},
                    {"calls", e.calls},
                    {"forward_seconds", rounded(e.forward_seconds)},
                    {"backward_seconds", rounded(e.backward_seconds)},
                    {"forward_bytes", e.forward_bytes},
                    {"backward_bytes", e.backward_bytes}});
  }
  return rows;
}

}  // namespace

void open_metrics(RunRecord& record, const std::string& path, Index step) {
  if (path.empty()) return;
  with_label([] { return "--metrics"; },
             [&] { record.metrics.emplace(path, MetricsOptions{.after_step = step}); });
}

void write_metrics(RunRecord& record, const Json& row) {
  // A path in it may be no UTF-8.
  if (record.metrics) record.metrics->write_line(row.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json epoch_row(const RunRecord& record, double images_per_second) {
  const History& history = record.history;
  const auto last = [](const Series& curve) { return curve.points.back().second; };
  const auto epoch = static_cast<std::int64_t>(history.train_loss.points.back().first);
  const std::int64_t before = history.step - history.step / epoch;  // all epochs have as many steps
  const auto step_before = static_cast<double>(before);
  return {{"kind", "epoch"},
          {"epoch", epoch},
          {"step", history.step},
          {"loss", last(history.train_loss)},
          {"cross_entropy", last(history.train_cross_entropy)},
          {"accuracy", last(history.train_accuracy)},
          {"lr", rounded(last(history.learning_rate), 6)},
          {"test_loss", last(history.test_loss)},
          {"test_accuracy", last(history.test_accuracy)},
          {"images_per_second", rounded(images_per_second, 6)},
          {"steps",
           {{"first", before + 1},
            {"loss", since(history.step_loss, step_before)},
            {"lr", since(history.learning_rate, step_before)}}},
          {"ranges", since(record.ranges, step_before)}};
}

Json end_row(const FinishedRun& run, const Evaluation& test) {
  Json row{{"kind", "end"},
           {"step", run.record.history.step},
           {"seconds", run.record.history.seconds},
           {"final_test_loss", test.loss.value()},
           {"final_test_accuracy", test.accuracy.value()},
           {"facts", object_of(all_facts(run))},
           {"classes", run.test.class_names()},
           {"confusion", rows_of(test.confusion)},
           {"worst_mistakes", mistakes_of(test)}};
  if (const auto filters = first_filters(run.net)) row["filters"] = numbers_of(*filters);
  row["profile"] = rows_of(run.record.profile);
  row["weights"] = fmt::format("{:016x}", weights_hash(run.net));
  return row;
}

}  // namespace reel::apps

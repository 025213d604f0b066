// What the page is told, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "playground/reading.h"
#include "playground/session.h"

namespace reel::playground {

using Json = nlohmann::json;

/// What layers there are to choose from.
Json facts_of(const std::vector<LayerKind>& kinds);
/// The rows of summary(), each with its line of the list.
Json facts_of(Network& network, const Shape& image);
Json facts_of(const Data& data);
Json facts_of(const std::vector<StepResult>& steps);
Json facts_of(const std::optional<Trouble>& trouble);
/// With the pictures of the worst mistakes.
Json facts_of(const apps::Evaluation& evaluation, const LabelledImages& images);
Json facts_of(const Reading& reading);

/// A tensor to be looked at: a byte for each number, 127 for zero, 0 and 254 for minus and plus `largest`.
Json picture_of(const Tensor& tensor);

}  // namespace reel::playground

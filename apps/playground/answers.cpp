#include "playground/answers.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reel/core/io/file.h>
#include <reel/core/text/language.h>

#include "common/sample.h"
#include "playground/drawing.h"

namespace reel::playground {
namespace {

std::vector<LayerLine> layers_in(const Json& question) {
  std::vector<LayerLine> lines;
  for (const Json& layer : question.at("layers")) {
    LayerLine& line = lines.emplace_back();
    for (const auto& [name, value] : layer.items()) {
      if (name == "kind") {
        line.kind = value;
      } else {
        line.numbers[name] = value;
      }
    }
  }
  return lines;
}

Choice choice_in(const Json& question) {
  return {.layers = layers_in(question),
          .optimizer = question.at("optimizer"),
          .learning_rate = question.at("rate"),
          .halve_every = question.at("halve_every"),
          .batch = question.at("batch"),
          .seed = question.at("seed")};
}

std::vector<Stroke> strokes_in(const Json& question) {
  std::vector<Stroke> strokes;
  for (const Json& points : question.at("strokes")) {
    Stroke& stroke = strokes.emplace_back();
    for (const Json& point : points) stroke.push_back({point.at(0), point.at(1)});
  }
  return strokes;
}

// Files lie where the page has put them.
Data data_in(const Json& question) {
  const std::string kind = question.at("kind");
  if (kind == "mnist") return mnist_in(question.at("folder").get<std::string>());
  if (kind != "pictures") return generated_digits();
  const std::string bytes = read_bytes(question.at("file"));
  return pictures({.shape = Shape(question.at("shape").get<std::vector<Index>>()),
                   .pixels = {bytes.begin(), bytes.end()},
                   .labels = question.at("labels"),
                   .class_names = question.at("classes")});
}

}  // namespace

struct Answers::Question {
  std::string_view name;
  Json (*answer)(Answers& a, const Json& question);
};

const std::vector<Answers::Question>& Answers::questions() {
  static const std::vector<Question> table{
      // {"tag"}: the language of all that is told from now on.
      {"language",
       [](Answers&, const Json& q) {
         set_language(language_of(q.at("tag").get<std::string>()).value_or(Language::kEnglish));
         return Json::object();
       }},
      // What there is to choose from.
      {"kinds",
       [](Answers&, const Json&) -> Json {
         return {{"kinds", facts_of(layer_kinds())}};
       }},
      // {"kind": "digits"}, {"kind": "mnist", "folder"} or {"kind": "pictures", "file", "shape", "labels", "classes"}:
      // what the next start() trains on.
      {"data",
       [](Answers& a, const Json& q) {
         a.data_ = data_in(q);
         return facts_of(a.data_);
       }},
      // {"layers": [{"kind", ...}]}: what such a network would be.
      {"try",
       [](Answers& a, const Json& q) {
         const GeneratorGuard generator;
         const Shape image = a.data_.train->sample_shape();
         Network network(layers_in(q), image, std::ssize(a.data_.train->class_names()));
         return facts_of(network, image);
       }},
      // {"layers", "optimizer", "rate", "halve_every", "batch", "seed"}: a training from the beginning.
      {"start", [](Answers& a, const Json& q) { return a.start(q); }},
      {"rate",
       [](Answers& a, const Json& q) {
         a.session().set_learning_rate(q.at("rate"), q.at("halve_every"));
         return Json::object();
       }},
      {"train",
       [](Answers& a, const Json& q) -> Json {
         const std::vector<StepResult> steps = a.session().train(q.at("steps"));
         return {{"steps", facts_of(steps)},
                 {"rate", a.session().learning_rate()},
                 {"trouble", facts_of(a.session().trouble())}};
       }},
      {"judge",
       [](Answers& a, const Json&) {
         Json facts = facts_of(a.session().judge(), *a.session().data().test);
         facts["step"] = a.session().steps();
         return facts;
       }},
      {"back",
       [](Answers& a, const Json&) -> Json {
         a.session().go_back();
         return {{"step", a.session().steps()}};
       }},
      // {"image": i} of those to judge by, or {"strokes": [[[x,y], ...], ...]}.
      {"read", [](Answers& a, const Json& q) { return a.read(q); }},
      // {"images": "first" or "all", "columns"} of the batch of the step that comes next.
      {"stop", [](Answers& a, const Json& q) { return a.stop(q); }},
      // {"line": "why ..."} of the stepper, about the step of the last "stop".
      {"line",
       [](Answers& a, const Json& q) -> Json {
         return {{"text", a.inquiry().respond(q.at("line").get<std::string>())}};
       }},
      {"hash",
       [](Answers& a, const Json&) -> Json {
         return {{"hash", fmt::format("{:016x}", apps::weights_hash(a.session().network()))}};
       }},
  };
  return table;
}

std::string Answers::answer(std::string_view text) {
  Json result;
  try {
    const Json asked = Json::parse(text);
    const std::string name = asked.at("ask");
    for (const Question& question : questions()) {
      if (question.name == name) result = question.answer(*this, asked);
    }
    if (result.is_null()) throw Error(fmt::format("there is no question \"{}\"", name));
  } catch (const LayerError& error) {
    result = {{"error", error.what()}, {"line", error.line()}};
  } catch (const std::exception& error) {
    result = {{"error", error.what()}};
  }
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Session& Answers::session() {
  if (!session_) throw Error("no training was started");
  return *session_;
}

Inquiry& Answers::inquiry() {
  if (!inquiry_) throw Error("the training was not stopped to be asked");
  return *inquiry_;
}

Json Answers::start(const Json& question) {
  auto session = std::make_unique<Session>(data_, choice_in(question));
  session_ = std::move(session);
  inquiry_.reset();
  return facts_of(session_->network(), data_.train->sample_shape());
}

Json Answers::read(const Json& question) {
  const LabelledImages& images = *session().data().test;
  const bool is_drawn = question.contains("strokes");
  const Index i = is_drawn ? 0 : question.at("image").get<Index>();
  const Tensor image = is_drawn ? drawn(strokes_in(question)) : apps::image_of(images, i);
  Json facts = facts_of(playground::read(session().network(), image));
  facts["picture"] = picture_of(image);
  facts["label"] = is_drawn ? Json() : Json(images.label(i));
  return facts;
}

Json Answers::stop(const Json& question) {
  const Asked images = question.at("images") == "all" ? Asked::kAll : Asked::kFirst;
  inquiry_ = std::make_unique<Inquiry>(session(), images, question.at("columns"));
  return {{"step", session().steps() + 1}, {"page", inquiry_->page()}, {"opening", inquiry_->opening()}};
}

}  // namespace reel::playground

#include "playground/session.h"

#include <cmath>

#include <doctest/doctest.h>

#include "playground/inquiry.h"
#include "playground/reading.h"

using namespace reel;
using namespace reel::playground;

namespace {

// Every layer that draws numbers or keeps statistics is in it.
Choice small_choice() {
  return {.layers = {{"conv", {{"channels", 4}, {"stride", 2}}},
                     {"batch_norm"},
                     {"relu"},
                     {"dropout"},
                     {"linear", {{"outputs", 16}}}},
          .learning_rate = 0.01,
          .batch = 16};
}

Session small_session() { return {generated_digits(), small_choice()}; }

std::uint64_t hash_after(Session& session, Index steps) {
  session.train(steps);
  return apps::weights_hash(session.network());
}

}  // namespace

TEST_CASE("A training in slices is the same training") {
  Session whole = small_session();
  const std::vector<StepResult> steps = whole.train(6);
  Session sliced = small_session();
  std::vector<StepResult> parts;
  for (const Index count : {1, 2, 3}) {
    for (const StepResult& step : sliced.train(count)) parts.push_back(step);
  }
  REQUIRE(parts.size() == 6);
  for (std::size_t i = 0; i < 6; i++) {
    CHECK(parts[i].step == static_cast<std::int64_t>(i) + 1);
    CHECK(parts[i].loss == steps[i].loss);
  }
  CHECK(apps::weights_hash(whole.network()) == apps::weights_hash(sliced.network()));
}

TEST_CASE("Who asks, judges and looks does not change the training") {
  Session alone = small_session();
  const std::uint64_t expected = hash_after(alone, 4);
  Session asked = small_session();
  asked.train(2);
  Inquiry inquiry(asked, Asked::kAll, 80);
  asked.judge();
  read(asked.network(), asked.data().test->sample(0).inputs[0]);
  CHECK(hash_after(asked, 2) == expected);
}

TEST_CASE("What is asked is the very step that comes next, and stays it when the training goes on") {
  Session session = small_session();
  session.train(3);
  Inquiry inquiry(session, Asked::kAll, 80);
  const double loss = session.train(1)[0].loss;
  CHECK(inquiry.respond("print loss") == fmt::format("loss = {:.6g}\n", loss));
  CHECK(inquiry.respond("why dlogits[0,0]").find("difference") != std::string::npos);
  const std::string page = inquiry.page();
  CHECK(page.find("<h1 id=\"title\">Step 4 of the training</h1>") != std::string::npos);
  CHECK(page.find("conv1.weight") != std::string::npos);
}

TEST_CASE("One image of a step can be asked about alone: the first of the batch") {
  Session session = small_session();
  session.train(3);
  Inquiry all(session, Asked::kAll, 80), first(session, Asked::kFirst, 80);
  CHECK(all.respond("print images").find("[16,1,28,28]") != std::string::npos);
  CHECK(first.respond("print images").find("[1,1,28,28]") != std::string::npos);
  const std::string page = first.page();
  CHECK(page.find("for the first of its 16 images") != std::string::npos);
  CHECK(page.find("Batch norm takes its mean and variance from this image alone") != std::string::npos);
}

TEST_CASE(
    "Each number that the page of a step suggests is there, and a step without a loss opens where that "
    "began") {
  for (const LayerKind& kind : layer_kinds()) {
    CAPTURE(kind.name);
    Session session(generated_digits(), {.layers = {{std::string(kind.name)}}, .optimizer = "sgd"});
    Inquiry inquiry(session, Asked::kFirst, 80);
    for (const inspect::PageTry& suggested : inquiry.told().tries) {
      CAPTURE(suggested.command);
      CHECK(inquiry.respond(suggested.command).find("error") == std::string::npos);
    }
    CHECK(inquiry.respond(inquiry.told().start).find("error") == std::string::npos);
  }
  Session session(generated_digits(), {.layers = {{"relu"}}, .optimizer = "sgd", .learning_rate = 1e38});
  session.train(10);
  REQUIRE(session.trouble().has_value());
  const Inquiry inquiry(session, Asked::kFirst, 80);
  CHECK(inquiry.told().start.starts_with("why logits[0,"));
  CHECK(inquiry.told().story.starts_with("This step has no loss. logits[0,"));
  CHECK(inquiry.told().tries[0].command == inquiry.told().start);
}

TEST_CASE("A learning rate is halved again and again, from when it was set") {
  Choice choice = small_choice();
  choice.halve_every = 2;
  Session session(generated_digits(), choice);
  session.train(1);
  CHECK(session.learning_rate() == 0.01);
  session.train(4);
  CHECK(session.learning_rate() == 0.0025);
  session.set_learning_rate(0.1, 3);
  session.train(2);
  CHECK(session.learning_rate() == 0.1);
  session.train(1);
  CHECK(session.learning_rate() == 0.05);
  session.go_back();
  CHECK(session.learning_rate() == 0.1);
  session.set_learning_rate(0.2, 0);
  session.train(5);
  CHECK(session.learning_rate() == 0.2);
}

TEST_CASE("A training learns, and judges by other images") {
  Choice choice = small_choice();
  choice.layers = {{"conv", {{"channels", 8}, {"kernel", 5}, {"stride", 2}}}, {"relu"}};
  Session session(generated_digits(), choice);
  const double before = session.judge().accuracy.value();
  session.train(150);
  const double after = session.judge().accuracy.value();
  CHECK(before < 0.3);
  CHECK(after > 0.8);
}

TEST_CASE(
    "At a learning rate of 100 a training stops before the step that has no loss, and goes back to its "
    "best") {
  Choice choice = small_choice();
  choice.layers = {{"linear", {{"outputs", 32}}}, {"relu"}};
  choice.optimizer = "sgd";
  choice.learning_rate = 0.1;
  Session session(generated_digits(), choice);
  session.train(5);
  session.judge();
  const std::uint64_t best = apps::weights_hash(session.network());
  session.set_learning_rate(1e30, 0);
  session.train(100);
  REQUIRE(session.trouble().has_value());
  CHECK(session.trouble()->best_step == 5);
  CHECK(session.trouble()->step == session.steps() + 1);
  CHECK(session.trouble()->learning_rate == 1e30);
  CHECK(session.trouble()->node == "fc2.linear");
  CHECK(!std::isfinite(session.trouble()->loss));
  session.set_learning_rate(0.1, 0);
  session.go_back();
  CHECK(session.steps() == 5);
  CHECK(apps::weights_hash(session.network()) == best);
  CHECK(std::isfinite(session.train(1).at(0).loss));
}

TEST_CASE("A reading has what each layer but dropout gives, and the filters of convolutions") {
  Session session = small_session();
  const Reading reading = read(session.network(), session.data().test->sample(0).inputs[0]);
  CHECK(reading.probabilities.shape() == Shape{10});
  std::string parts;
  for (const LayerView& layer : reading.layers)
    parts += fmt::format("{} {} {}\n", layer.line, layer.part, layer.value.shape());
  CHECK(parts ==
        "1 conv1 [4,13,13]\n2 norm1 [4,13,13]\n3 relu1 [4,13,13]\n5 fc1 [16]\n6 fc2 "
        "[10]\n");
  CHECK(reading.layers[0].weight.shape() == Shape{4, 1, 3, 3});
  CHECK(!reading.layers[4].weight.defined());
}

TEST_CASE("An optimiser that is not known is an error that names the known ones") {
  Choice choice = small_choice();
  choice.optimizer = "lion";
  CHECK_THROWS_WITH_AS(Session(generated_digits(), choice),
                       "there is no optimiser \"lion\"; sgd, momentum and adam are known", Error);
}

#include "playground/answers.h"

#include <doctest/doctest.h>

#include "in_chinese.h"
#include "support.h"

using namespace reel::playground;

namespace {

Json asked(Answers& answers, const Json& question) { return Json::parse(answers.answer(question.dump())); }

Json start_question() {
  return {{"ask", "start"},
          {"layers", {{{"kind", "linear"}, {"outputs", 16}}, {{"kind", "relu"}}}},
          {"optimizer", "adam"},
          {"rate", 0.01},
          {"halve_every", 2},
          {"batch", 16},
          {"seed", 1}};
}

}  // namespace

TEST_CASE("The page's questions are answered in JSON") {
  Answers answers;
  CHECK(asked(answers, {{"ask", "kinds"}})["kinds"][0]["name"] == "conv");
  const Json network = asked(answers, start_question());
  CHECK(network["parameters"] == 784 * 16 + 16 + 160 + 10);
  CHECK(network["rows"].back()["output"] == Json({10}));
  const Json trained = asked(answers, {{"ask", "train"}, {"steps", 3}});
  CHECK(trained["steps"].size() == 3);
  CHECK(trained["steps"][2]["step"] == 3);
  CHECK(trained["rate"] == 0.005);
  CHECK(trained["trouble"].is_null());
  const Json judged = asked(answers, {{"ask", "judge"}});
  CHECK(judged["total"] == 1000);
  CHECK(judged["confusion"].size() == 10);
  CHECK(judged["mistakes"][0]["picture"]["shape"] == Json({1, 28, 28}));
  const Json read = asked(answers, {{"ask", "read"}, {"strokes", {{{5, 1}, {5, 9}}}}});
  CHECK(read["probabilities"].size() == 10);
  CHECK(read["label"].is_null());
  const Json stopped = asked(answers, {{"ask", "stop"}, {"images", "first"}, {"columns", 80}});
  CHECK(stopped["step"] == 4);
  CHECK(stopped["page"].get<std::string>().size() <
        asked(answers, {{"ask", "stop"}, {"images", "all"}, {"columns", 80}})["page"]
            .get<std::string>()
            .size());
  CHECK(asked(answers, {{"ask", "line"}, {"line", "print logits"}})["text"].get<std::string>().find(
            "tensor") != std::string::npos);
}

TEST_CASE("An error is an answer, names the layer, and leaves the training as it was") {
  Answers answers;
  CHECK(asked(answers, {{"ask", "train"}, {"steps", 1}})["error"] == "no training was started");
  CHECK(asked(answers, {{"ask", "tarin"}})["error"] == "there is no question \"tarin\"");
  asked(answers, start_question());
  asked(answers, {{"ask", "train"}, {"steps", 2}});
  const Json hash = asked(answers, {{"ask", "hash"}});
  Json wrong = start_question();
  wrong["layers"].push_back({{"kind", "conv"}});
  const Json error = asked(answers, wrong);
  CHECK(error["line"] == 3);
  CHECK(error["error"].get<std::string>().find("put it before the first linear") != std::string::npos);
  wrong["ask"] = "try";
  CHECK(asked(answers, wrong)["line"] == 3);
  CHECK(asked(answers, {{"ask", "hash"}}) == hash);
  CHECK(asked(answers, {{"ask", "data"}, {"kind", "mnist"}, {"folder", "/nowhere"}}).contains("error"));
  CHECK(asked(answers, {{"ask", "train"}, {"steps", 1}})["steps"][0]["step"] == 3);
}

TEST_CASE("Pictures come as bytes of a file") {
  const reel_test::TempDir folder;
  const std::string file = (folder.path() / "bytes").string();
  reel_test::write_file(file, std::string(10 * 4, '\x80'));
  Answers answers;
  const Json facts = asked(answers, {{"ask", "data"},
                                     {"kind", "pictures"},
                                     {"file", file},
                                     {"shape", {1, 2, 2}},
                                     {"labels", {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
                                     {"classes", {"cat", "dog"}}});
  CHECK(facts["train"] == 8);
  CHECK(facts["test"] == 2);
  CHECK(facts["classes"] == Json({"cat", "dog"}));
}

TEST_CASE("What is told is told in Chinese, where that is asked for") {
  const reel_test::InChinese guard;
  Answers answers;
  CHECK(asked(answers, {{"ask", "kinds"}})["kinds"][0]["title"] == "卷积");
  asked(answers, {{"ask", "language"}, {"tag", "en"}});
  CHECK(asked(answers, {{"ask", "kinds"}})["kinds"][0]["title"] == "convolution");
  asked(answers, {{"ask", "language"}, {"tag", "zh"}});
  asked(answers, start_question());
  const Json stopped = asked(answers, {{"ask", "stop"}, {"images", "first"}, {"columns", 80}});
  CHECK(stopped["page"].get<std::string>().find("<h1 id=\"title\">训练的第 1 步</h1>") != std::string::npos);
}

#include "common/settings.h"

#include <string>

#include <doctest/doctest.h>

#include "compare_support.h"

using namespace reel;
using namespace reel::apps;
using namespace reel_test;

namespace {

Settings settings(const std::string& epochs) {
  Settings settings{CLI::App()};
  settings.add("--epochs", epochs);
  settings.allow_more("--epochs");
  return settings;
}

}  // namespace

TEST_CASE("A setting that may grow is as large or larger, and a number") {
  settings("3").load_state(settings("3").state());
  settings("3").load_state(settings("2").state());
  for (const char* before : {"4", "nan", "abc", ""})
    CHECK(contains(error_of<FormatError>([&] { settings("3").load_state(settings(before).state()); }),
                   "--epochs is 3, the run had " + std::string(before)));
}

TEST_CASE("Settings are texts alone") {
  State state = settings("3").state();
  state.integers["--epochs"] = 3;
  CHECK(contains(error_of<FormatError>([&] { settings("3").load_state(state); }), "--epochs"));
}

TEST_CASE("A run from before there was an option has what programs did then") {
  const State before = settings("3").state();
  Settings now = settings("3");
  now.add("--shards", "1");
  CHECK(contains(error_of<FormatError>([&] { now.load_state(before); }), "--shards is 1, the run had none"));
  now.set_before("--shards", "1");
  now.load_state(before);
  now.add("--shards", "8");
  CHECK(contains(error_of<FormatError>([&] { now.load_state(before); }), "--shards is 8, the run had 1"));
  State later = before;
  later.texts["--shards"] = "8";
  now.load_state(later);
}

// JSON as the text that it will be: numbers and texts by nlohmann::json, brackets and commas here.
#include <reel/core/inspect/detail/json.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

// Of numbers and texts alone: they are destroyed without an allocation.
std::string dumped(const nlohmann::json& scalar) {
  return scalar.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Json::Json(std::initializer_list<Member> members) : text_("{}") { add(members); }

Json::Json(std::string_view text) : text_(dumped(text)) {}

std::string Json::text_of(double number) {
  if (std::isnan(number)) return "\"nan\"";
  if (std::isinf(number)) return number > 0 ? "\"inf\"" : "\"-inf\"";
  return dumped(number);
}

void Json::push_back(const Json& element) { append(element.text_); }

void Json::add(std::initializer_list<Member> members) {
  for (const Member& member : members) append(dumped(member.name) + ':' + member.value.text_);
}

// Before the bracket at the end.
void Json::append(std::string_view element) {
  const char bracket = text_.back();
  text_.pop_back();
  if (text_.size() > 1) text_ += ',';
  text_.append(element) += bracket;
}

}  // namespace reel::inline REEL_PRECISION::inspect

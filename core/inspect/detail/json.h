// JSON that inspection writes. Internal to inspection.
#pragma once

#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

/// A JSON value, kept as its text: a tree such as nlohmann's allocates where it is destroyed, which ends a
/// program that is out of memory. Texts are ASCII; what is no UTF-8 in a user's name is U+FFFD.
class Json {
 public:
  struct Member;

  Json() : text_("null") {}
  /// An object of {{"name", value}, ...}.
  Json(std::initializer_list<Member> members);
  Json(std::string_view text);
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  /// JSON knows no infinities and NaNs, which are the texts "inf", "-inf" and "nan".
  template <class Number>
  requires std::is_arithmetic_v<Number> Json(Number number) {
    if constexpr (std::is_same_v<Number, bool>) {
      text_ = number ? "true" : "false";
    } else if constexpr (std::is_floating_point_v<Number>) {
      text_ = text_of(static_cast<double>(number));
    } else {
      text_ = std::to_string(number);
    }
  }
  /// An array of what the range holds.
  template <std::ranges::input_range Elements>
  requires(!std::is_convertible_v<const Elements&, std::string_view>) Json(const Elements& elements)
      : text_("[]") {
    for (const auto& element : elements) push_back(element);
  }
  static Json array() { return Json(std::initializer_list<Json>()); }
  static Json object() { return Json(std::initializer_list<Member>()); }

  /// Appends to an array.
  void push_back(const Json& element);
  /// Adds to an object names that it does not have.
  void add(std::initializer_list<Member> members);

  /// Of an array or an object: whether nothing is in it.
  bool empty() const { return text_.size() == 2; }
  const std::string& text() const { return text_; }

 private:
  static std::string text_of(double number);
  void append(std::string_view element);

  std::string text_;
};

struct Json::Member {
  std::string_view name;
  Json value;
};

}  // namespace reel::inline REEL_PRECISION::inspect

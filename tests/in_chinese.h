// Speaks Chinese as long as it lives.
#pragma once

#include <reel/core/text/language.h>

namespace reel_test {

struct InChinese {
  InChinese() { reel::set_language(reel::Language::kChinese); }
  InChinese(const InChinese&) = delete;
  InChinese& operator=(const InChinese&) = delete;
  ~InChinese() { reel::set_language(reel::Language::kEnglish); }
};

}  // namespace reel_test

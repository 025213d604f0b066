// The sources of the page, core/inspect/page/, as core/cmake/embed.cmake puts them into the library. Internal
// to inspection.
#pragma once

#include <span>
#include <string_view>

#include <reel/core/scalar.h>

namespace reel::inline REEL_PRECISION::inspect {

struct PageFiles {
  std::string_view html;   ///< with markers where the rest belongs: <!--REEL_TITLE-->, _STYLE, _DATA, _SCRIPT
  std::string_view theme;  ///< colours and fonts, which the reports of the programs have too
  std::string_view style;
  std::span<const std::string_view> scripts;  ///< in their order
  std::string_view version;                   ///< of Reel
};
const PageFiles& page_files();

}  // namespace reel::inline REEL_PRECISION::inspect

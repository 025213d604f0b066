# Writes a C++ source with the page's files as string literals, for core/inspect/page/detail/page_files.h:
#   cmake -D OUTPUT=page_files.cpp -D PAGE=core/inspect/page -D VERSION=0.1.0 -P embed.cmake
# PAGE has page.html, theme.css, and in styles.txt and scripts.txt the other style sheets and the scripts in their
# order, one a line.

# A file's content as a literal.
function(literal file variable)
  file(READ ${PAGE}/${file} content)
  string(FIND "${content}" ")REEL\"" end_of_literal)
  if(NOT end_of_literal EQUAL -1)
    message(FATAL_ERROR "${file} has )REEL\" in it, which would end the literal that it is put in")
  endif()
  # What a browser would take for the end of the element that the file is put in.
  string(TOLOWER "${content}" lower)
  foreach(tag IN ITEMS "</script" "</style" "<!--")
    string(FIND "${lower}" "${tag}" found)
    if(NOT found EQUAL -1 AND NOT file STREQUAL "page.html")
      message(FATAL_ERROR "${file} has ${tag} in it, which would end or hide a part of the page")
    endif()
  endforeach()
  set(${variable} "R\"REEL(${content})REEL\"" PARENT_SCOPE)
endfunction()

literal(page.html html)
foreach(marker IN ITEMS TITLE STYLE DATA SCRIPT)
  string(FIND "${html}" "<!--REEL_${marker}-->" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "page.html has no <!--REEL_${marker}-->")
  endif()
endforeach()
literal(theme.css theme)
set(style "")
file(STRINGS ${PAGE}/styles.txt files)
foreach(file IN LISTS files)
  literal(${file} sheet)
  string(APPEND style "\n    ${sheet}")
endforeach()
set(scripts "")
file(STRINGS ${PAGE}/scripts.txt files)
foreach(file IN LISTS files)
  literal(${file} script)
  string(APPEND scripts "    ${script},\n")
endforeach()

file(WRITE ${OUTPUT} "// Generated from core/inspect/page by core/cmake/embed.cmake.
#include <reel/core/inspect/page/detail/page_files.h>

namespace reel::inline REEL_PRECISION::inspect {
namespace {

constexpr std::string_view kScripts[] = {
${scripts}};

constexpr PageFiles kFiles{${html}, ${theme}, ${style}, kScripts, \"${VERSION}\"};

}  // namespace

const PageFiles& page_files() { return kFiles; }

}  // namespace reel::inline REEL_PRECISION::inspect
")

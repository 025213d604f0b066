# The tables of words, core/text/LANGUAGE/*.txt, become a source of the library, core/text/detail/word_files.h.
file(GLOB word_tables CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/text/*/*.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${word_tables})
set(word_files "")
foreach(table IN LISTS word_tables)
  file(READ ${table} text)
  cmake_path(GET table STEM name)
  cmake_path(GET table PARENT_PATH folder)
  cmake_path(GET folder FILENAME language)
  string(APPEND word_files "    {\"${language}\", \"${name}\", R\"REEL(${text})REEL\"},\n")
endforeach()
set(word_source ${PROJECT_BINARY_DIR}/words/word_files.cpp)
file(CONFIGURE OUTPUT ${word_source} @ONLY CONTENT [[
// Generated from core/text/*/*.txt by core/cmake/words.cmake.
#include <reel/core/text/detail/word_files.h>

namespace reel::inline REEL_PRECISION {
namespace {

constexpr WordFile kFiles[] = {
@word_files@};

}  // namespace

std::span<const WordFile> word_files() { return kFiles; }

}  // namespace reel::inline REEL_PRECISION
]])
list(APPEND REEL_SOURCES ${word_source})

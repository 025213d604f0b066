# What is otherwise where the library runs in a browser: one thread; headers of the machine that compiles; no zlib, libpng
# and libjpeg, whose work a browser does itself; vectors of 128 bits; and the parts of C++20 that an old libc++ lacks.
set(emscripten_folder ${CMAKE_CURRENT_LIST_DIR})

# A library of headers alone, FOLDER/HEADER, as the machine has it: by a link, since behind /usr/include lies much more.
# One that is not there is fetched as anywhere else.
function(reel_headers_of_host target folder header)
  find_path(REEL_PARENT_OF_${folder} ${folder}/${header} PATHS /usr/local/include /usr/include
    NO_CMAKE_FIND_ROOT_PATH)
  if(REEL_PARENT_OF_${folder})
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/headers)
    file(CREATE_LINK ${REEL_PARENT_OF_${folder}}/${folder} ${PROJECT_BINARY_DIR}/headers/${folder} SYMBOLIC)
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} INTERFACE ${PROJECT_BINARY_DIR}/headers)
  endif()
endfunction()
reel_headers_of_host(fmt::fmt fmt format.h)
reel_headers_of_host(nlohmann_json::nlohmann_json nlohmann json.hpp)
if(TARGET fmt::fmt)
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
endif()

add_library(reel_zlib STATIC ${emscripten_folder}/zlib.cpp)
add_library(ZLIB::ZLIB ALIAS reel_zlib)
target_include_directories(reel_zlib PUBLIC ${emscripten_folder})
foreach(absent IN ITEMS Threads::Threads Eigen3::Eigen PNG::PNG JPEG::JPEG)
  add_library(${absent} INTERFACE IMPORTED GLOBAL)
endforeach()

# Debian's emscripten looks for its node modules where only Debian's node does.
if(EXISTS /usr/share/nodejs)
  set(CMAKE_CXX_LINKER_LAUNCHER ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs)
endif()

include(CheckCXXSourceCompiles)
check_cxx_source_compiles("#include <algorithm>
#include <bit>
#include <string_view>
int main() { return std::ranges::find(std::string_view(), 'a') == nullptr ? std::bit_cast<int>(1) : 0; }" REEL_HAS_CXX20)
add_compile_options(-fwasm-exceptions -msimd128)
add_link_options(-fwasm-exceptions)
if(NOT REEL_HAS_CXX20)
  add_compile_options(-include ${emscripten_folder}/missing_cxx20.h)
endif()

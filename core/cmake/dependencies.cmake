# The libraries that Reel stands on: the system's where find_package finds them, else a release's sources,
# pinned to its commit. Fetched sources are compiled by the few lines below, not by their own CMake files, so
# that none of their tests, install rules, options and warnings become part of this build.
include(FetchContent)
if(EMSCRIPTEN)
  include(core/cmake/emscripten/emscripten.cmake)
endif()

# Makes `target` known. Afterwards REEL_FETCHED_<name> is the source folder where it still has to be defined.
function(reel_dependency target name)
  if(TARGET ${target})
    return() # a project around this one brought it
  endif()
  FetchContent_Declare(${name} SOURCE_SUBDIR not-its-own-cmake-files ${ARGN})
  FetchContent_MakeAvailable(${name})
  if(NOT TARGET ${target})
    string(TOLOWER ${name} lower_name)
    set(REEL_FETCHED_${name} ${${lower_name}_SOURCE_DIR} PARENT_SCOPE)
  endif()
endfunction()

# The same for a library without sources, whose headers are found from `include_dir` in its folder.
function(reel_header_dependency target name include_dir)
  reel_dependency(${target} ${name} ${ARGN})
  if(REEL_FETCHED_${name})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} INTERFACE ${REEL_FETCHED_${name}}/${include_dir})
  endif()
endfunction()

if(NOT TARGET Threads::Threads)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
endif()

reel_header_dependency(Eigen3::Eigen Eigen3 ""
  GIT_REPOSITORY https://gitlab.com/libeigen/eigen.git
  GIT_TAG 3147391d946bb4b6c68edd901f2add6ac1f31f8c # 3.4.0
  FIND_PACKAGE_ARGS NO_MODULE) # no version: Eigen 5 refuses "3.4", and Eigen 3.4 refuses ranges
reel_header_dependency(nlohmann_json::nlohmann_json nlohmann_json include
  GIT_REPOSITORY https://github.com/nlohmann/json.git
  GIT_TAG 9cca280a4d0ccf0c08f47a99aa71d1b0e52f8d03 # 3.11.3
  FIND_PACKAGE_ARGS 3.9)
if(REEL_BUILD_APPS)
  reel_header_dependency(CLI11::CLI11 CLI11 include
    GIT_REPOSITORY https://github.com/CLIUtils/CLI11.git
    GIT_TAG 291c58789c031208f08f4f261a858b5b7083e8e2 # 2.3.2
    FIND_PACKAGE_ARGS 2.1)
endif()
if(REEL_BUILD_TESTS)
  reel_header_dependency(doctest::doctest doctest ""
    GIT_REPOSITORY https://github.com/doctest/doctest.git
    GIT_TAG ae7a13539fb71f270b87eb2e874fbac80bc8dda2 # 2.4.11
    FIND_PACKAGE_ARGS)
endif()

reel_dependency(fmt::fmt fmt
  GIT_REPOSITORY https://github.com/fmtlib/fmt.git
  GIT_TAG a33701196adfad74917046096bf5a2aa0ab0bb50 # 9.1.0
  FIND_PACKAGE_ARGS 9)
if(REEL_FETCHED_fmt)
  add_library(reel_fmt STATIC ${REEL_FETCHED_fmt}/src/format.cc ${REEL_FETCHED_fmt}/src/os.cc)
  add_library(fmt::fmt ALIAS reel_fmt)
  target_include_directories(reel_fmt SYSTEM PUBLIC ${REEL_FETCHED_fmt}/include)
  set_target_properties(reel_fmt PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

reel_dependency(ZLIB::ZLIB ZLIB
  GIT_REPOSITORY https://github.com/madler/zlib.git
  GIT_TAG 51b7f2abdade71cd9bb0e7a373ef2610ec6f9daf # 1.3.1
  FIND_PACKAGE_ARGS)
if(REEL_FETCHED_ZLIB)
  enable_language(C)
  set(zlib_sources adler32 crc32 deflate gzclose gzlib gzread gzwrite inffast inflate inftrees trees zutil)
  list(TRANSFORM zlib_sources REPLACE "(.+)" "${REEL_FETCHED_ZLIB}/\\1.c")
  add_library(reel_zlib STATIC ${zlib_sources})
  add_library(ZLIB::ZLIB ALIAS reel_zlib)
  target_include_directories(reel_zlib SYSTEM PUBLIC ${REEL_FETCHED_ZLIB})
  target_compile_definitions(reel_zlib PRIVATE HAVE_UNISTD_H)
  set_target_properties(reel_zlib PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

reel_dependency(PNG::PNG PNG
  GIT_REPOSITORY https://github.com/pnggroup/libpng.git
  GIT_TAG 3061454d980de7d53608f594194cfac722721d2a # 1.6.58
  FIND_PACKAGE_ARGS)
if(REEL_FETCHED_PNG)
  enable_language(C)
  set(png_sources png pngerror pngget pngmem pngpread pngread pngrio pngrtran pngrutil pngset pngtrans pngwio pngwrite
    pngwtran pngwutil)
  list(TRANSFORM png_sources REPLACE "(.+)" "${REEL_FETCHED_PNG}/\\1.c")
  set(png_settings ${PROJECT_BINARY_DIR}/png)
  configure_file(${REEL_FETCHED_PNG}/scripts/pnglibconf.h.prebuilt ${png_settings}/pnglibconf.h COPYONLY)
  add_library(reel_png STATIC ${png_sources})
  add_library(PNG::PNG ALIAS reel_png)
  target_include_directories(reel_png SYSTEM PUBLIC ${REEL_FETCHED_PNG} ${png_settings})
  foreach(processor IN ITEMS ARM_NEON INTEL_SSE LOONGARCH_LSX MIPS_MMI MIPS_MSA POWERPC_VSX RISCV_RVV)
    target_compile_definitions(reel_png PRIVATE PNG_${processor}_OPT=0) # their sources are left out
  endforeach()
  target_link_libraries(reel_png PUBLIC ZLIB::ZLIB)
  set_target_properties(reel_png PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

reel_dependency(JPEG::JPEG JPEG
  GIT_REPOSITORY https://github.com/libjpeg-turbo/libjpeg-turbo.git
  GIT_TAG 8ecba3647edb6dd940463fedf38ca33a8e2a73d1 # 2.1.5.1
  FIND_PACKAGE_ARGS)
if(REEL_FETCHED_JPEG)
  enable_language(C)
  set(jpeg_sources jaricom jcapimin jcapistd jcarith jccoefct jccolor jcdctmgr jchuff jcicc jcinit jcmainct jcmarker
    jcmaster jcomapi jcparam jcphuff jcprepct jcsample jctrans jdapimin jdapistd jdarith jdatadst jdatasrc jdcoefct
    jdcolor jddctmgr jdhuff jdicc jdinput jdmainct jdmarker jdmaster jdmerge jdphuff jdpostct jdsample jdtrans jerror
    jfdctflt jfdctfst jfdctint jidctflt jidctfst jidctint jidctred jmemmgr jmemnobs jquant1 jquant2 jsimd_none jutils)
  list(TRANSFORM jpeg_sources REPLACE "(.+)" "${REEL_FETCHED_JPEG}/\\1.c")
  # What its own CMake file finds out and writes, for C99 and without the assembler parts.
  set(jpeg_settings ${PROJECT_BINARY_DIR}/jpeg)
  file(CONFIGURE OUTPUT ${jpeg_settings}/jconfig.h CONTENT [[
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION 2.1.5.1
#define LIBJPEG_TURBO_VERSION_NUMBER 2001005
#define C_ARITH_CODING_SUPPORTED 1
#define D_ARITH_CODING_SUPPORTED 1
#define MEM_SRCDST_SUPPORTED 1
#define BITS_IN_JSAMPLE 8
]])
  file(CONFIGURE OUTPUT ${jpeg_settings}/jconfigint.h CONTENT [[
#define BUILD "reel"
#define INLINE inline
#define THREAD_LOCAL _Thread_local
#define PACKAGE_NAME "libjpeg-turbo"
#define VERSION "2.1.5.1"
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define FALLTHROUGH
]])
  file(CONFIGURE OUTPUT ${jpeg_settings}/jversion.h CONTENT [[
#define JVERSION "6b  27-Mar-1998"
#define JCOPYRIGHT "the authors of libjpeg-turbo"
#define JCOPYRIGHT_SHORT JCOPYRIGHT
]])
  add_library(reel_jpeg STATIC ${jpeg_sources})
  add_library(JPEG::JPEG ALIAS reel_jpeg)
  target_include_directories(reel_jpeg SYSTEM PUBLIC ${REEL_FETCHED_JPEG} ${jpeg_settings})
  set_target_properties(reel_jpeg PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

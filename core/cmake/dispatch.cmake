# Where the library is not compiled for the processor of the machine, its kernels are compiled for several, and the best
# that the processor has is chosen at start:
#
#   core/kernels/*.cpp, with -march=x86-64-v3          the same for x86-64-v2 and x86-64-v4
#     -> one object, each symbol that it defines renamed to SYMBOL.v3
#   gemm: jump to the entry of the chosen table         tables of gemm.v2, ...; gemm.v3, ...; gemm.v4, ...
#
# *Each* symbol, also those of inline functions: of equal names the linker keeps one, and an old processor would meet
# the instructions of a new one. Callers and kernels know nothing of it.
set(REEL_DISPATCH OFF)
set(reel_levels 2 3 4)
if(REEL_NATIVE)
  set(reason "this machine's processor")
elseif(REEL_SANITIZE)
  set(reason "any processor: sanitizers are on")
elseif(CMAKE_CXX_FLAGS MATCHES "-march=")
  set(reason "the processor that CMAKE_CXX_FLAGS names")
else()
  check_cxx_compiler_flag(-march=x86-64-v4 REEL_KNOWS_LEVELS)
  set(reason "any processor: choosing at start takes x86-64, ELF, -march=x86-64-v4, binutils, one configuration")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8 AND REEL_KNOWS_LEVELS
      AND CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF" AND CMAKE_NM AND CMAKE_OBJCOPY AND CMAKE_LINKER
      AND NOT CMAKE_CONFIGURATION_TYPES)
    set(REEL_DISPATCH ON)
    set(reason "x86-64-v2, v3 and v4, one of which is chosen at start")
  endif()
endif()
message(STATUS "Kernels are compiled for ${reason}")

# Adds to `target` the kernels for each instruction set; `parts` gets the names of the targets that compile them.
function(reel_dispatched_kernels target parts)
  set(folder ${PROJECT_BINARY_DIR}/kernels/${target})
  file(MAKE_DIRECTORY ${folder})
  set(script ${PROJECT_SOURCE_DIR}/core/cmake/dispatch_kernels.cmake)
  set(made ${folder}/dispatch.cpp)
  foreach(level IN LISTS reel_levels)
    set(part ${target}_kernels_v${level})
    add_library(${part} OBJECT ${kernel_sources})
    # Vectors of 512 bits also in plain loops, which clang else leaves at 256; machine code, for it to be renamed.
    target_compile_options(${part} PRIVATE
      -march=x86-64-v${level} $<$<EQUAL:${level},4>:-mprefer-vector-width=512> -fno-lto)
    set_target_properties(${part} PROPERTIES CXX_VISIBILITY_PRESET hidden)
    list(APPEND names ${part})
    list(APPEND made ${folder}/kernels.v${level}.o)
    list(APPEND objects $<TARGET_OBJECTS:${part}>)
    set(response ${folder}/objects.v${level})
    file(GENERATE OUTPUT ${response} CONTENT "$<JOIN:$<TARGET_OBJECTS:${part}>,\n>\n")
  endforeach()
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${folder} "-D LEVELS=${reel_levels}" -D NM=${CMAKE_NM}
      -D OBJCOPY=${CMAKE_OBJCOPY} -D LINKER=${CMAKE_LINKER} -P ${script}
    DEPENDS ${script} ${objects}
    COMMENT "Renaming the kernels of ${target} for each instruction set" VERBATIM)
  set_source_files_properties(${made} PROPERTIES GENERATED ON)
  list(POP_FRONT made dispatch)
  set_source_files_properties(${dispatch} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON COMPILE_OPTIONS -fno-lto)
  set_source_files_properties(${made} PROPERTIES EXTERNAL_OBJECT ON)
  add_dependencies(${target} ${names})
  target_sources(${target} PRIVATE ${dispatch} ${made} ${PROJECT_SOURCE_DIR}/core/instruction_set.cpp)
  set(${parts} ${names} PARENT_SCOPE)
endfunction()

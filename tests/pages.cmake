# The code that people copy is compiled as they would, run, and held against what it says: tests/pages.py.
set(pages ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/pages.py)
set(written ${CMAKE_CURRENT_BINARY_DIR}/pages)
set(readmes README.md */README.md */*/README.md core/*/*/README.md)
list(TRANSFORM readmes PREPEND "${PROJECT_SOURCE_DIR}/")
file(GLOB readmes CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${readmes})
list(FILTER readmes INCLUDE REGEX "^(README.md|(core|layers|optim|datasets|apps|tests)/)")
list(TRANSFORM readmes PREPEND "${PROJECT_SOURCE_DIR}/")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/pages.py ${readmes})
execute_process(COMMAND ${pages} write ${PROJECT_SOURCE_DIR} ${written} ${readmes}
  OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${lines}")

function(reel_page_program name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE reel)
  add_test(NAME ${name} COMMAND ${pages} run ${source} ${CMAKE_CURRENT_BINARY_DIR}/${name}_files
    $<TARGET_FILE:${name}> ${ARGN})
endfunction()

add_library(readme_pieces OBJECT)
set_target_properties(readme_pieces PROPERTIES UNITY_BUILD OFF)  # each stands for itself
target_link_libraries(readme_pieces PRIVATE reel)
target_include_directories(readme_pieces PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
foreach(line IN LISTS lines)
  if(line MATCHES "^program (.*)")
    reel_page_program(${CMAKE_MATCH_1} ${written}/${CMAKE_MATCH_1}.cpp)
  elseif(line MATCHES "^snippet (.*)")
    target_sources(readme_pieces PRIVATE ${written}/${CMAKE_MATCH_1}.cpp)
  endif()
endforeach()

if(NOT TARGET readme_1)
  message(FATAL_ERROR "README.md shows no program")
endif()

file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/apps/examples/*.cpp)
set(arguments_transfer_learning ${CMAKE_CURRENT_SOURCE_DIR}/golden/resnet18.safetensors)
foreach(source IN LISTS examples)
  cmake_path(GET source STEM name)
  reel_page_program(example_${name} ${source} ${arguments_${name}})
  target_link_libraries(example_${name} PRIVATE reel_build_flags)
endforeach()

add_test(NAME readme_names COMMAND ${pages} names ${PROJECT_SOURCE_DIR})

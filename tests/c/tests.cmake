# Exported networks and ops as C headers, in one program that is compiled as C99 and as C++ and run.
add_executable(write_c c/write_c.cpp ${PROJECT_SOURCE_DIR}/apps/bench/networks.cpp
  ${PROJECT_SOURCE_DIR}/apps/cifar10/networks.cpp)
target_link_libraries(write_c PRIVATE reel_apps_common op_examples_reel reel_build_flags)
target_include_directories(write_c PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})

set(c_files ${CMAKE_CURRENT_BINARY_DIR}/c_files)
add_test(NAME c_files COMMAND write_c ${c_files})
set_tests_properties(c_files PROPERTIES FIXTURES_SETUP c_files)
foreach(compiler IN ITEMS gcc g++)
  add_test(NAME c_${compiler} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/c/run.sh ${compiler} ${c_files})
  set_tests_properties(c_${compiler} PROPERTIES FIXTURES_REQUIRED c_files SKIP_RETURN_CODE 77)
endforeach()

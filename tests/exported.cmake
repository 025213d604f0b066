# Exported networks and ops: write_NAME writes the files of the test NAME_files, a fixture of those that look at them.
function(reel_exported name)
  add_executable(write_${name} ${name}/write_${name}.cpp ${PROJECT_SOURCE_DIR}/apps/bench/networks.cpp
    ${PROJECT_SOURCE_DIR}/apps/cifar10/networks.cpp)
  target_link_libraries(write_${name} PRIVATE reel_apps_common op_examples_reel reel_build_flags)
  target_include_directories(write_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  add_test(NAME ${name}_files COMMAND write_${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}_files)
  set_tests_properties(${name}_files PROPERTIES FIXTURES_SETUP ${name}_files)
endfunction()
# A test by a script of the folder, which skips itself with 77: its arguments, and then the folder of the files.
function(reel_exported_test name test)
  add_test(NAME ${test} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/${name}/${ARGN} ${CMAKE_CURRENT_BINARY_DIR}/${name}_files)
  set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${name}_files SKIP_RETURN_CODE 77)
endfunction()

# As C headers, in one program that is compiled as C99 and as C++ and run.
reel_exported(c)
foreach(compiler IN ITEMS gcc g++)
  reel_exported_test(c c_${compiler} run.sh ${compiler})
endforeach()

# As ONNX files, held against the ONNX library (python3-onnx) and run by ONNX Runtime (npm ci in tests/onnx).
reel_exported(onnx)
reel_exported_test(onnx onnx_checker check.sh)
reel_exported_test(onnx onnx_runtime run.sh)

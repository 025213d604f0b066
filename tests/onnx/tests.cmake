# Exported networks and ops, held against the ONNX library (python3-onnx) and run by ONNX Runtime (npm ci in this
# folder); where one is missing its test is skipped.
add_executable(write_onnx onnx/write_onnx.cpp ${PROJECT_SOURCE_DIR}/apps/bench/networks.cpp
  ${PROJECT_SOURCE_DIR}/apps/cifar10/networks.cpp)
target_link_libraries(write_onnx PRIVATE reel_apps_common op_examples_reel reel_build_flags)
target_include_directories(write_onnx PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})

set(onnx_files ${CMAKE_CURRENT_BINARY_DIR}/onnx_files)
add_test(NAME onnx_files COMMAND write_onnx ${onnx_files})
set_tests_properties(onnx_files PROPERTIES FIXTURES_SETUP onnx_files)
add_test(NAME onnx_checker COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/onnx/check.sh ${onnx_files})
add_test(NAME onnx_runtime COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/onnx/run.sh ${onnx_files})
set_tests_properties(onnx_checker onnx_runtime PROPERTIES FIXTURES_REQUIRED onnx_files SKIP_RETURN_CODE 77)

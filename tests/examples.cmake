# The pages of apps/examples: each is compiled as a user would, run in an empty folder of its own, and prints what its
# first comment says.
file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/apps/examples/*.cpp)
set(arguments_transfer_learning ${CMAKE_CURRENT_SOURCE_DIR}/golden/resnet18.safetensors)
foreach(source IN LISTS examples)
  cmake_path(GET source STEM name)
  add_executable(example_${name} ${source})
  target_link_libraries(example_${name} PRIVATE reel reel_build_flags)
  add_test(NAME example_${name} COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:example_${name}> -DSOURCE=${source}
    -DARGUMENTS=${arguments_${name}} -DFOLDER=${CMAKE_CURRENT_BINARY_DIR}/example_${name}_files
    -P ${CMAKE_CURRENT_SOURCE_DIR}/examples_run.cmake)
endforeach()

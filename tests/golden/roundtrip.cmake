# Weights to PyTorch and back, where a Python with PyTorch is found.
add_executable(reel_roundtrip roundtrip.cpp)
target_link_libraries(reel_roundtrip PRIVATE reel reel_build_flags)
target_include_directories(reel_roundtrip PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})

if(NOT REEL_TORCH_PYTHON)
  find_package(Python3 COMPONENTS Interpreter QUIET)
  foreach(python IN ITEMS ${Python3_EXECUTABLE} /usr/bin/python3)  # Debian's torch belongs to Debian's Python
    execute_process(COMMAND ${python} -c "import torch" RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
    if(result EQUAL 0)
      set(REEL_TORCH_PYTHON ${python} CACHE FILEPATH "A Python that has PyTorch")
      break()
    endif()
  endforeach()
endif()
if(REEL_TORCH_PYTHON)
  add_test(NAME roundtrip COMMAND ${REEL_TORCH_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/golden/roundtrip.py
    $<TARGET_FILE:reel_roundtrip>)
else()
  message(STATUS "The round trip of weights to PyTorch is left out: no Python with PyTorch was found")
endif()

# Where kernels are chosen at start: whether the right ones are, and whether older processors meet none of the others.
if(NOT REEL_DISPATCH)
  return()
endif()
add_executable(instruction_set core/kernels/instruction_set.cpp)
target_link_libraries(instruction_set PRIVATE reel reel_build_flags)
foreach(level IN ITEMS x86-64-v2 x86-64-v3)  # the best is what reel_tests takes
  add_test(NAME reel_tests_${level} COMMAND reel_tests "-sf=*/core/kernels/*")
  set_tests_properties(reel_tests_${level} PROPERTIES ENVIRONMENT REEL_INSTRUCTION_SET=${level})
endforeach()
if(Python3_FOUND)
  add_test(NAME instruction_set
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/instruction_set_test.py $<TARGET_FILE:instruction_set>)
  if(CMAKE_OBJDUMP AND NOT BUILD_SHARED_LIBS)
    add_test(NAME instructions COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/instructions_test.py
      $<TARGET_FILE:reel> ${CMAKE_OBJDUMP} ${CMAKE_NM})
  endif()
endif()

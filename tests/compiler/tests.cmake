# What compilers make of the public headers, under flags that a user may give.
if(Python3_FOUND AND REEL_INSTALLABLE AND NOT BUILD_SHARED_LIBS)  # it compiles by hand, with the system's libraries
  add_test(NAME compiler_option_structs COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/option_structs.py
    --compiler ${CMAKE_CXX_COMPILER} ${PROJECT_BINARY_DIR}/include $<TARGET_FILE:reel> $<TARGET_FILE:fmt::fmt>
    $<TARGET_FILE:PNG::PNG> $<TARGET_FILE:JPEG::JPEG> $<TARGET_FILE:ZLIB::ZLIB>)
  set_tests_properties(compiler_option_structs PROPERTIES SKIP_RETURN_CODE 77)
endif()

# One sentence where the standard is too old, whichever header comes first.
add_test(NAME compiler_old_standard COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER}
  -DINCLUDE=${PROJECT_BINARY_DIR}/include "-DHEADERS=${REEL_PUBLIC_HEADERS}" -P ${CMAKE_CURRENT_LIST_DIR}/old_standard.cmake)

# A sentence for what is written by habit.
add_test(NAME compiler_habits COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER}
  -DINCLUDE=${PROJECT_BINARY_DIR}/include -P ${CMAKE_CURRENT_LIST_DIR}/habits.cmake)

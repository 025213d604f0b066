# TensorBoard's files, read by a Python with protobuf.
add_executable(write_events ${CMAKE_CURRENT_LIST_DIR}/write_events.cpp)
target_link_libraries(write_events PRIVATE reel reel_build_flags)
if(Python3_FOUND)
  set(events_python ${Python3_EXECUTABLE})
  foreach(python IN ITEMS ${Python3_EXECUTABLE} /usr/bin/python3)  # Debian's protobuf belongs to Debian's Python
    execute_process(COMMAND ${python} -c "import google.protobuf" RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
    if(result EQUAL 0)
      set(events_python ${python})
      break()
    endif()
  endforeach()
  add_test(NAME event_files COMMAND ${events_python} -B ${CMAKE_CURRENT_LIST_DIR}/read_events.py $<TARGET_FILE:write_events>)
  set_tests_properties(event_files PROPERTIES SKIP_RETURN_CODE 77)
endif()

if(Python3_FOUND AND TARGET readme_run_1)
  add_test(NAME stop_and_go_on COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/stop_and_go_on.py
    $<TARGET_FILE:readme_run_1>)
endif()

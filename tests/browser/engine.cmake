# The page's engine, which computes in JavaScript what the library computed: against every number of every op.
foreach(library IN ITEMS reel reel_f64)
  if(TARGET ${library})
    add_executable(write_ops_${library} browser/write_ops.cpp)
    target_link_libraries(write_ops_${library} PRIVATE ${library} op_examples_${library} reel_build_flags nlohmann_json::nlohmann_json)
    target_include_directories(write_ops_${library} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    list(APPEND REEL_OP_WRITERS $<TARGET_FILE:write_ops_${library}>)
  endif()
endforeach()

foreach(test IN ITEMS engine engine_ops)
  add_test(NAME page_${test}
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/browser/engine.sh ${test}.test.mjs ${REEL_OP_WRITERS})
  set_tests_properties(page_${test} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

# And of what is set on the page, for which the library runs each lesson of `step` again.
if(TARGET reel_lessons)
  add_executable(write_edits browser/write_edits.cpp)
  target_link_libraries(write_edits PRIVATE reel_lessons op_examples_reel_f64 reel_build_flags nlohmann_json::nlohmann_json)
  target_include_directories(write_edits PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  add_test(NAME page_engine_edits
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/browser/engine.sh engine_edits.test.mjs $<TARGET_FILE:write_edits>)
  set_tests_properties(page_engine_edits PROPERTIES SKIP_RETURN_CODE 77)
endif()

add_test(NAME page_layers COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/browser/engine.sh layers.test.mjs)
set_tests_properties(page_layers PROPERTIES SKIP_RETURN_CODE 77)

# The page in a browser; see run.sh for what it wants and when it is skipped.
add_executable(write_pages browser/write_pages.cpp)
target_link_libraries(write_pages PRIVATE $<IF:$<BOOL:${REEL_F64}>,reel_f64,reel> reel_build_flags)
target_include_directories(write_pages PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
if(TARGET step)
  set(program_step $<TARGET_FILE:step>)
endif()
add_test(NAME page
  COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/browser/run.sh $<TARGET_FILE:write_pages> ${program_step})
set_tests_properties(page PROPERTIES SKIP_RETURN_CODE 77)

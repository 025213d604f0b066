# Writes the lessons' site to a folder, and beside it as OUTPUT.zip:
#   cmake -D STEP=build/release/apps/step -D OUTPUT=site [-D PLAYGROUND=playground.html] -P site.cmake
# Where there is a file PLAYGROUND, it is part of it.
file(REMOVE_RECURSE ${OUTPUT})
file(MAKE_DIRECTORY ${OUTPUT})
if(EXISTS "${PLAYGROUND}")
  file(COPY_FILE ${PLAYGROUND} ${OUTPUT}/playground.html)
else()
  message(STATUS "the site has no playground: cmake --workflow --preset playground builds it")
endif()
execute_process(COMMAND ${STEP} --pages ${OUTPUT} COMMAND_ERROR_IS_FATAL ANY)
cmake_path(GET OUTPUT PARENT_PATH parent)
cmake_path(GET OUTPUT FILENAME name)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar cf ${name}.zip --format=zip ${name} WORKING_DIRECTORY ${parent}
  COMMAND_ERROR_IS_FATAL ANY)

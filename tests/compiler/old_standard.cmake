# Compiles each header as C++17 and wants to read what is missing and that the compilation ended there.
list(REMOVE_ITEM HEADERS core/eigen.h)  # begins with a library that has a standard of its own
foreach(header IN LISTS HEADERS)
  execute_process(COMMAND ${COMPILER} -std=c++17 -fsyntax-only -I${INCLUDE} -x c++ ${INCLUDE}/reel/${header}
    RESULT_VARIABLE status ERROR_VARIABLE output)
  string(REGEX MATCHALL "error: [^\n]*" errors "${output}")
  list(LENGTH errors count)
  if(status EQUAL 0 OR NOT count EQUAL 2 OR NOT errors MATCHES "^error: [^;]*Reel needs C\\+\\+20: compile with -std=c\\+\\+20")
    message(SEND_ERROR "${header} as C++17: ${output}")
  endif()
endforeach()

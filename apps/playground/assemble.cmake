# Puts the playground together as one page that asks for nothing else:
#   cmake -D OUTPUT=playground.html -D MODULE=playground_module.js -D ROOT=. -P assemble.cmake
# MODULE is what emscripten made; the rest lies in page/, and in core/inspect/page, whose look it has.
set(here ${ROOT}/apps/playground/page)
set(inspect ${ROOT}/core/inspect/page)

# The contents of files, one after another.
function(joined variable)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} content)
    string(TOLOWER "${content}" lower)
    foreach(tag IN ITEMS "</script" "</style" "<!--")
      string(FIND "${lower}" "${tag}" found)
      if(NOT found EQUAL -1)
        message(FATAL_ERROR "${file} has ${tag} in it, which would end or hide a part of the page")
      endif()
    endforeach()
    string(APPEND text "${content}\n")
  endforeach()
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

file(READ ${here}/playground.html html)
joined(style ${inspect}/page.css ${here}/playground.css)
joined(worker ${MODULE} ${here}/worker.js)
file(STRINGS ${here}/scripts.txt scripts)
list(TRANSFORM scripts PREPEND ${ROOT}/)
joined(script ${scripts})
foreach(part IN ITEMS style worker script)
  string(TOUPPER ${part} marker)
  string(REPLACE "<!--REEL_${marker}-->" "${${part}}" html "${html}")
endforeach()
file(WRITE ${OUTPUT} "${html}")

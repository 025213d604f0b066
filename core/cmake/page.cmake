# The page that inspect::write_page writes: its files, core/inspect/page/, become a source of the library.
set(page_folder ${PROJECT_SOURCE_DIR}/core/inspect/page)
set(page_source ${PROJECT_BINARY_DIR}/page/page_files.cpp)
set(page_lists ${page_folder}/styles.txt ${page_folder}/scripts.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page_lists})
foreach(list IN LISTS page_lists)
  file(STRINGS ${list} files)
  list(TRANSFORM files PREPEND ${page_folder}/)
  list(APPEND page_parts ${files})
endforeach()
set(page_embed ${PROJECT_SOURCE_DIR}/core/cmake/embed.cmake)
add_custom_command(OUTPUT ${page_source}
  COMMAND ${CMAKE_COMMAND} -D OUTPUT=${page_source} -D PAGE=${page_folder} -D VERSION=${PROJECT_VERSION}
    -P ${page_embed}
  DEPENDS ${page_embed} ${page_folder}/page.html ${page_folder}/theme.css ${page_lists} ${page_parts}
  COMMENT "Embedding the page of inspect::write_page" VERBATIM)
add_custom_target(reel_page DEPENDS ${page_source}) # both libraries take it, and one of them has to make it
list(APPEND REEL_SOURCES ${page_source})

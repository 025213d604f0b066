# What `cpack` makes: the packages reel (the programs) and reel-dev (the library) of the Debian that builds them.
# `cmake --workflow --preset package` does it all.

# A package is for other machines, and has its files where dpkg puts them. Where there can be none, all that cpack reads
# is why.
set(REEL_NO_PACKAGES "")
foreach(tool IN ITEMS dpkg-deb dpkg-shlibdeps file gzip help2man)
  find_program(REEL_TOOL_${tool} ${tool})
  mark_as_advanced(REEL_TOOL_${tool})
  if(NOT REEL_TOOL_${tool})
    set(REEL_NO_PACKAGES "${tool} was not found; install dpkg-dev, file, gzip and help2man, and configure again")
  endif()
endforeach()
if(NOT REEL_INSTALLABLE)
  set(REEL_NO_PACKAGES "this build does not install; cmake --install says why")
endif()
if(REEL_NATIVE OR BUILD_SHARED_LIBS OR NOT REEL_F64 OR NOT REEL_BUILD_APPS OR NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr"
    OR NOT CMAKE_INSTALL_DOCDIR STREQUAL "share/doc/reel")
  set(REEL_NO_PACKAGES "this build is not meant for them; give: cmake --workflow --preset package")
endif()
if(REEL_NO_PACKAGES)
  file(WRITE ${PROJECT_BINARY_DIR}/CPackConfig.cmake "message(FATAL_ERROR \"No packages: ${REEL_NO_PACKAGES}\")\n")
  return()
endif()

# Debian wants a name and an address; that there is no such host is what .invalid says (RFC 2606).
set(CPACK_PACKAGE_CONTACT "The Reel authors <reel@reel.invalid>")
set(CPACK_COMPONENTS_ALL Reel_Programs Reel_Development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # else it comes before the first line of each description

set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_NAME reel)
set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_REEL_PROGRAMS_DESCRIPTION "programs that train and explain small neural networks
Reel trains small convolutional networks on a CPU, with the same result for
the same seed at any number of threads. mnist reads handwritten digits, and
draws some where there is no data; cifar10 reads photographs; step goes
through the gradients of a lesson number by number, and corr2d through
examples of convolution; bench measures speed.

The sources of examples to start from are in /usr/share/doc/reel/apps/examples;
compiling them takes the package reel-dev.")
set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_RECOMMENDS cmake)  # it runs download.cmake
set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_SUGGESTS reel-dev)
# KDE's simulator of physics has a program of the same name.
set(CPACK_DEBIAN_REEL_PROGRAMS_PACKAGE_CONFLICTS step)

# A static library is compiled against the fmt of one soname, which its users must link.
find_package(fmt REQUIRED)
math(EXPR next_fmt "${fmt_VERSION_MAJOR} + 1")
set(CPACK_DEBIAN_REEL_DEVELOPMENT_PACKAGE_NAME reel-dev)
set(CPACK_DEBIAN_REEL_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_REEL_DEVELOPMENT_DESCRIPTION "small neural-network training framework in C++20
A tape records what a program computes, and backward plays the reel in
reverse. There are layers, optimisers, data sets, exports, and a stepper and
a page that explain every number; weights are exchanged with PyTorch.

This package has the static library in float and in double, its headers, and
what find_package(Reel) and pkg-config read.")
set(CPACK_DEBIAN_REEL_DEVELOPMENT_PACKAGE_DEPENDS
  "libfmt-dev (>= ${fmt_VERSION_MAJOR}), libfmt-dev (<< ${next_fmt}), libjpeg-dev, libpng-dev, zlib1g-dev")
set(CPACK_DEBIAN_REEL_DEVELOPMENT_PACKAGE_RECOMMENDS g++)
set(CPACK_DEBIAN_REEL_DEVELOPMENT_PACKAGE_SUGGESTS "cmake, libeigen3-dev, pkgconf, reel")

# What Debian's policy asks of each package besides.
set(made ${PROJECT_BINARY_DIR}/debian)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(core/cmake/packages/changelog.in ${made}/changelog @ONLY)
execute_process(COMMAND ${REEL_TOOL_gzip} -9fn ${made}/changelog COMMAND_ERROR_IS_FATAL ANY)
function(reel_policy_files package component)
  set(folder ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package})
  install(FILES ${made}/changelog.gz DESTINATION ${folder} COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES LICENSE DESTINATION ${folder} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
reel_policy_files(reel Reel_Programs)
reel_policy_files(reel-dev Reel_Development)

# A manual page says what --help says.
function(reel_manual_page program what)
  set(page ${made}/${program}.1.gz)
  add_custom_command(OUTPUT ${page}
    COMMAND ${REEL_TOOL_help2man} --no-info --name=${what} --version-string=${PROJECT_VERSION} --output=${program}.1
      $<TARGET_FILE:${program}>
    COMMAND ${REEL_TOOL_gzip} -9fn ${program}.1
    DEPENDS ${program} WORKING_DIRECTORY ${made} VERBATIM)
  add_custom_target(${program}_page ALL DEPENDS ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT Reel_Programs EXCLUDE_FROM_ALL)
endfunction()
reel_manual_page(bench "measure how fast Reel trains small networks")
reel_manual_page(cifar10 "train a network on photographs")
reel_manual_page(corr2d "print examples of convolution")
reel_manual_page(mnist "train a network to read handwritten digits")
reel_manual_page(step "step through the gradients of a lesson")

include(CPack)

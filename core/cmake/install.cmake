# What `cmake --install` leaves: headers, libraries, what find_package and pkg-config read, and the programs with
# what they speak of. These are the components Reel_Development and Reel_Programs; the licence, which each of them
# needs where they go apart, is Reel_License.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME Reel_Development)

# The installed package leads its users to the system's fmt, libpng, libjpeg and zlib. Built with fetched ones, it
# would not fit the next system's, so there is no such package.
set(REEL_INSTALLABLE ON)
foreach(target IN ITEMS fmt::fmt PNG::PNG JPEG::JPEG ZLIB::ZLIB)
  get_target_property(of_the_system ${target} IMPORTED)
  if(NOT of_the_system)
    set(REEL_INSTALLABLE OFF)
    install(CODE "message(FATAL_ERROR \"Reel was built with its own copy of ${target}, which is not \
installed: install the development packages of fmt, libpng, libjpeg-turbo and zlib, configure again in an empty \
build folder, or use Reel with add_subdirectory or FetchContent\")" ALL_COMPONENTS)
    return()
  endif()
endforeach()

set(reel_targets reel)
if(REEL_F64)
  list(APPEND reel_targets reel_f64)
endif()
set(reel_mpi_targets "")
if(REEL_MPI)
  set(reel_mpi_targets ${reel_targets})
  list(TRANSFORM reel_mpi_targets REPLACE "^reel" "reel_mpi")
endif()
install(TARGETS ${reel_targets} ${reel_mpi_targets} EXPORT ReelTargets)
foreach(header IN LISTS REEL_PUBLIC_HEADERS)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/reel/${folder})
endforeach()

# find_package(Reel)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Reel)
install(EXPORT ReelTargets NAMESPACE Reel:: DESTINATION ${package_dir})
configure_package_config_file(core/cmake/ReelConfig.cmake.in ${PROJECT_BINARY_DIR}/package/ReelConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/ReelConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/ReelConfig.cmake
  ${PROJECT_BINARY_DIR}/package/ReelConfigVersion.cmake DESTINATION ${package_dir})

# pkg-config reel, pkg-config reel_f64. What a static library needs is named for every link, and the remedy for every
# compiler, for nobody knows which: clang takes it, too.
set(pc_requires "Requires: fmt libpng libjpeg zlib")
if(BUILD_SHARED_LIBS)
  set(pc_requires "Requires: fmt\nRequires.private: libpng libjpeg zlib")
endif()
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE pc_includedir)
foreach(target IN LISTS reel_targets)
  set(pc_name ${target})
  set(pc_precision "float")
  set(pc_define "")
  if(target STREQUAL "reel_f64")
    set(pc_precision "double")
    set(pc_define " -DREEL_F64")
  endif()
  configure_file(core/cmake/reel.pc.in ${PROJECT_BINARY_DIR}/package/${target}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${target}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

foreach(program IN ITEMS bench cifar10 corr2d mnist step)
  if(TARGET ${program})
    install(TARGETS ${program} COMPONENT Reel_Programs)
  endif()
endforeach()
# Where datasets/detail/download_command.h says that it is.
install(FILES datasets/download.cmake datasets/download_manifest.cmake DESTINATION share/reel/datasets
  COMPONENT Reel_Programs)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Reel_Programs)
foreach(page IN ITEMS apps apps/bench core core/cmake core/cmake/packages core/inspect core/kernels core/run
    optim/parallel tests)
  install(FILES ${page}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/${page} COMPONENT Reel_Programs)
endforeach()
install(DIRECTORY apps/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/apps COMPONENT Reel_Programs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Reel_License)

# An overlay port: the sources are the tree that it lies in.
cmake_path(SET SOURCE_PATH NORMALIZE ${CURRENT_PORT_DIR}/../../../..)

vcpkg_cmake_configure(SOURCE_PATH ${SOURCE_PATH}
  OPTIONS -DREEL_NATIVE=OFF -DREEL_BUILD_APPS=OFF -DREEL_BUILD_TESTS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/Reel)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/debug/include ${CURRENT_PACKAGES_DIR}/debug/share)
vcpkg_install_copyright(FILE_LIST ${SOURCE_PATH}/LICENSE)

# The package as its users meet it: installed to a folder of its own, then found by a separate project with
# find_package and by a compiler line with pkg-config; and the tree as a part of another project.
set(consumer ${CMAKE_CURRENT_LIST_DIR})
set(prefix "${CMAKE_CURRENT_BINARY_DIR}/consumer/a prefix")  # with a space, as some have
set(consumer_build ${CMAKE_CURRENT_BINARY_DIR}/consumer/build)
set(toolchain -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE})

add_test(NAME install_clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${CMAKE_CURRENT_BINARY_DIR}/consumer)
add_test(NAME install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
set_tests_properties(install_clean PROPERTIES FIXTURES_SETUP cleaned)
set_tests_properties(install PROPERTIES FIXTURES_REQUIRED cleaned FIXTURES_SETUP installed)

add_test(NAME consumer_find_package COMMAND ${CMAKE_CTEST_COMMAND}
  --build-and-test ${consumer} ${consumer_build} --build-generator ${CMAKE_GENERATOR}
  --build-options -DCMAKE_PREFIX_PATH=${prefix} ${toolchain}
  --test-command ${CMAKE_CTEST_COMMAND} --output-on-failure --no-tests=error)
set_tests_properties(consumer_find_package PROPERTIES
  FIXTURES_REQUIRED installed FIXTURES_SETUP consumer_configured)

find_program(REEL_PKG_CONFIG pkg-config)
set(packages reel)
if(REEL_F64)
  list(APPEND packages reel_f64)
  add_test(NAME consumer_mixed_precisions_do_not_link
    COMMAND ${CMAKE_COMMAND} --build ${consumer_build} --target mixed)
  set_tests_properties(consumer_mixed_precisions_do_not_link PROPERTIES
    FIXTURES_REQUIRED consumer_configured PASS_REGULAR_EXPRESSION "[Uu]ndefined [^\n]*reel::f32::")
endif()
if(REEL_PKG_CONFIG)
  foreach(package IN LISTS packages)
    # pkg-config puts a backslash before a space, which only eval takes for what it is.
    add_test(NAME consumer_pkg_config_${package} COMMAND sh -euc "flags=$('${REEL_PKG_CONFIG}' --cflags --libs ${package})
eval \"'${CMAKE_CXX_COMPILER}' -std=c++20 '${consumer}/train.cpp' -o '${prefix}/train_${package}' $flags\"
'${prefix}/train_${package}'")
    set_tests_properties(consumer_pkg_config_${package} PROPERTIES FIXTURES_REQUIRED installed ENVIRONMENT
      "PKG_CONFIG_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig;LD_LIBRARY_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR}")
  endforeach()
endif()

if(REEL_BUILD_APPS)
  add_test(NAME installed_programs COMMAND sh -euc "cd '${prefix}'
for program in bin/*; do \"$program\" --help > help.txt; done
ls '${CMAKE_INSTALL_DOCDIR}/README.md' '${CMAKE_INSTALL_DOCDIR}/LICENSE'
! '${CMAKE_COMMAND}' -D DATASET=all -D DIR=data -P share/reel/datasets/download.cmake 2> error.txt
grep 'DATASET is one of mnist, ' error.txt")
  set_tests_properties(installed_programs PROPERTIES FIXTURES_REQUIRED installed)
endif()

# The components, of which packages are made, have each file once, and the programs apart from the library. Where there
# are packages, the components have more.
if(REEL_NO_PACKAGES)
  add_test(NAME packages_are_refused COMMAND ${CMAKE_CPACK_COMMAND} WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
  set_tests_properties(packages_are_refused PROPERTIES PASS_REGULAR_EXPRESSION "No packages: ")
endif()
if(REEL_NO_PACKAGES AND REEL_BUILD_APPS)
  set(parts ${CMAKE_CURRENT_BINARY_DIR}/consumer/parts)
  add_test(NAME install_components COMMAND sh -euc "rm -rf '${parts}' && mkdir '${parts}' && cd '${parts}'
for part in Programs Development License; do
  '${CMAKE_COMMAND}' --install '${PROJECT_BINARY_DIR}' --component Reel_$part --prefix $part > /dev/null
done
(cd Programs && ls bin/mnist share/reel/datasets/download.cmake '${CMAKE_INSTALL_DOCDIR}/apps/examples/own_op.cpp' && ! ls include)
(cd Development && ls include/reel/reel.h '${CMAKE_INSTALL_LIBDIR}/cmake/Reel/ReelConfig.cmake' && ! ls bin)
for part in *; do (cd $part && find . ! -type d); done | sort > each
sed 's|^${prefix}|.|' '${PROJECT_BINARY_DIR}/install_manifest.txt' | sort -u | diff - each")
  set_tests_properties(install_components PROPERTIES FIXTURES_REQUIRED installed)
endif()
add_test(NAME packages_have_the_version
  COMMAND ${CMAKE_COMMAND} -E cat ${PROJECT_SOURCE_DIR}/core/cmake/packages/vcpkg/vcpkg.json)
set_tests_properties(packages_have_the_version PROPERTIES
  PASS_REGULAR_EXPRESSION "\"version\": \"${PROJECT_VERSION}\"")

set(subproject_build ${CMAKE_CURRENT_BINARY_DIR}/subproject)
add_test(NAME consumer_subproject COMMAND ${CMAKE_COMMAND} -S ${consumer}/subproject
  -B ${subproject_build} -G ${CMAKE_GENERATOR} -DREEL_SOURCE_DIR=${PROJECT_SOURCE_DIR}
  -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-Wno-Odd)  # in place of CXXFLAGS; it asks for no -O
add_test(NAME consumer_subproject_without_build_type_is_optimised
  COMMAND ${CMAKE_COMMAND} -E cat ${subproject_build}/compile_commands.json)
set_tests_properties(consumer_subproject PROPERTIES FIXTURES_SETUP subproject_configured)
set_tests_properties(consumer_subproject_without_build_type_is_optimised PROPERTIES
  FIXTURES_REQUIRED subproject_configured PASS_REGULAR_EXPRESSION " -O3 [^\n]*core/tensor\\.cpp")

add_test(NAME consumer_subproject_can_be_shared COMMAND ${CMAKE_COMMAND} -S ${consumer}/subproject
  -B ${subproject_build}_shared -G ${CMAKE_GENERATOR} -DREEL_SOURCE_DIR=${PROJECT_SOURCE_DIR}
  -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DBUILD_SHARED_LIBS=ON)

# The remedy against a mistake of old g++ reaches programs by either way.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14 AND REEL_GCC_REMEDY)
  add_test(NAME consumer_subproject_inherits_the_remedy
    COMMAND ${CMAKE_COMMAND} -E cat ${subproject_build}/compile_commands.json)
  set_tests_properties(consumer_subproject_inherits_the_remedy PROPERTIES
    FIXTURES_REQUIRED subproject_configured PASS_REGULAR_EXPRESSION "${REEL_GCC_REMEDY} [^\n]*consumer/train\\.cpp")
endif()
if(REEL_PKG_CONFIG AND REEL_GCC_REMEDY)
  add_test(NAME consumer_pkg_config_names_the_remedy COMMAND ${REEL_PKG_CONFIG} --cflags reel)
  set_tests_properties(consumer_pkg_config_names_the_remedy PROPERTIES FIXTURES_REQUIRED installed
    PASS_REGULAR_EXPRESSION "${REEL_GCC_REMEDY}" ENVIRONMENT PKG_CONFIG_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

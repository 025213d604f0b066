# Fetches a data set and verifies it:
#   cmake -D DATASET=mnist -D DIR=data -P datasets/download.cmake
#
# DATASET   mnist, fashion-mnist, cifar10 or cifar100
# DIR       where to: it goes into DIR/mnist, DIR/fashion-mnist, DIR/cifar-10-batches-bin or DIR/cifar-100-binary
# MIRROR    addresses to fetch from instead of the published ones, separated by ; and tried in turn
# MANIFEST  another table of sets, files and sha256 than download_manifest.cmake beside this script
#
# What is there and whole is kept, so a download that broke off goes on when the command is given again. A file is
# fetched beside its place, verified, and only then put there: a broken download changes nothing. Of two downloads
# into one DIR, the second waits for the first.
cmake_minimum_required(VERSION 3.24)

# `sum` is the sha256 of `file`, or empty where that is not there.
function(sum_of file sum)
  set(found "")
  if(EXISTS "${file}")
    file(SHA256 "${file}" found)
  endif()
  set(${sum} "${found}" PARENT_SCOPE)
endfunction()

# Whether all of `files`, names and their sha256 in turn, are in `folder` and whole.
function(check_files folder files whole)
  set(${whole} FALSE PARENT_SCOPE)
  while(files)
    list(POP_FRONT files name sha256)
    sum_of("${folder}/${name}" found)
    if(NOT found STREQUAL sha256)
      return()
    endif()
  endwhile()
  set(${whole} TRUE PARENT_SCOPE)
endfunction()

# Whether a block more can no longer be written to `file`, which this spoils: file(APPEND) says nothing of less than
# 1024 bytes, and with more it would end the script.
function(check_full file full)
  file(SIZE "${file}" before)
  string(REPEAT "x" 512 more)
  foreach(i RANGE 1 8)
    file(APPEND "${file}" "${more}")
  endforeach()
  file(SIZE "${file}" after)
  math(EXPR missing "${before} + 8 * 512 - ${after}")
  set(${full} ${missing} PARENT_SCOPE)
endfunction()

# Fetches `address` into `part`, a file in `folder`. `failure` is empty where that has the sum `sha256`, else it says
# what is wrong.
function(fetch_from address part sha256 failure)
  file(DOWNLOAD "${address}" "${part}" STATUS status INACTIVITY_TIMEOUT 30 TLS_VERIFY ON SHOW_PROGRESS)
  list(POP_FRONT status code reason)
  sum_of("${part}" found)
  set(full FALSE)
  if(code EQUAL 23)  # curl's number for it
    set(full TRUE)
  elseif(NOT code EQUAL 0)
    set(${failure} "${reason}" PARENT_SCOPE)
  elseif(found STREQUAL sha256)
    set(${failure} "" PARENT_SCOPE)
  else()
    check_full("${part}" full)  # CMake 3 does not see that a write failed
    set(${failure} "its sha256 is ${found} instead of ${sha256}" PARENT_SCOPE)
  endif()
  if(full)
    file(REMOVE "${part}")
    message(FATAL_ERROR "${address} could not be written to ${part}: is the disk full? ${folder} is as it was")
  endif()
endfunction()

# Fetches `name`, whose sha256 is given, into `folder`, from the first of `mirrors` that has it whole.
function(fetch name sha256 folder)
  set(target "${folder}/${name}")
  sum_of("${target}" found)
  if(found STREQUAL sha256)
    message(STATUS "${target}: there and whole")
    return()
  elseif(found)
    message(STATUS "${target}: there, but its sha256 is ${found} instead of ${sha256}")
  endif()
  set(failures "")
  foreach(mirror IN LISTS mirrors)
    string(REGEX REPLACE "/+$" "" mirror "${mirror}")
    message(STATUS "Fetching ${mirror}/${name}")
    fetch_from("${mirror}/${name}" "${target}.part" ${sha256} failure)
    if(failure STREQUAL "")
      file(RENAME "${target}.part" "${target}")
      return()
    endif()
    file(REMOVE "${target}.part")
    string(APPEND failures "\n  ${mirror}/${name}: ${failure}")
  endforeach()
  message(FATAL_ERROR "${name} could not be fetched; ${folder} is as it was. Try again later, or give an address that "
    "has the file with -D MIRROR=...${failures}")
endfunction()

# Ends where the archive has anything but files and folders, or a name that is absolute or leads upwards: what is unpacked could
# then be written outside of the folder that it is unpacked in.
function(check_archive archive)
  execute_process(COMMAND ${CMAKE_COMMAND} -E tar tvf "${archive}"
    OUTPUT_VARIABLE list ERROR_VARIABLE error RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${archive} cannot be unpacked: ${error}")
  endif()
  if("\n${list}" MATCHES "\n[^-d\n]" OR list MATCHES " (->|link to) " OR list MATCHES "[ /]\\.\\.(/|\n)"
      OR list MATCHES " ([A-Za-z]:)?[/\\]")
    message(FATAL_ERROR "${archive} is not unpacked: it has links, devices, absolute names or names with .. in them, "
      "which no data set needs; delete it and fetch it from another address with -D MIRROR=...")
  endif()
endfunction()

# Fetches an archive into DIR and puts `files`, which it holds in a folder of that name, into `folder`.
function(fetch_unpacked archive sha256 folder files)
  fetch(${archive} ${sha256} "${DIR}")
  check_archive("${DIR}/${archive}")
  cmake_path(GET folder FILENAME name)
  set(left ${files})
  while(left)
    list(POP_FRONT left file)
    list(POP_FRONT left)  # its sha256
    list(APPEND names ${file})
    list(APPEND members ${name}/${file})
  endwhile()
  set(part "${folder}.part")
  file(REMOVE_RECURSE "${part}")
  file(MAKE_DIRECTORY "${part}")
  execute_process(COMMAND ${CMAKE_COMMAND} -E tar xf "${DIR}/${archive}" ${members}
    WORKING_DIRECTORY "${part}" OUTPUT_QUIET ERROR_VARIABLE error)
  check_files("${part}/${name}" "${files}" whole)  # whether or not tar saw what went wrong: it misses a full disk
  if(NOT whole)
    file(REMOVE_RECURSE "${part}")
    message(FATAL_ERROR "${archive} could not be unpacked into ${DIR}; ${folder} is as it was. Is the disk full? ${error}")
  endif()
  file(MAKE_DIRECTORY "${folder}")
  foreach(file IN LISTS names)  # a kill from here on loses nothing: the archive is still there
    file(RENAME "${part}/${name}/${file}" "${folder}/${file}")
  endforeach()
  file(REMOVE_RECURSE "${part}" "${DIR}/${archive}")
endfunction()

# Waits until no other download into DIR goes on; the lock ends with this process.
function(lock_folder)
  set(lock "${DIR}/.download.lock")
  file(LOCK "${lock}" TIMEOUT 0 RESULT_VARIABLE result)
  if(result MATCHES "Timeout")
    message(STATUS "Waiting for another download into ${DIR}")
    file(LOCK "${lock}" RESULT_VARIABLE result)
  endif()
  if(NOT result EQUAL 0)
    message(STATUS "${lock} cannot be locked (${result}): see to it that no other download into ${DIR} goes on")
  endif()
endfunction()

if(NOT MANIFEST)
  set(MANIFEST "${CMAKE_CURRENT_LIST_DIR}/download_manifest.cmake")
endif()
include("${MANIFEST}")
if(NOT DATASET OR NOT DIR)
  message(FATAL_ERROR "DATASET and DIR are missing, before -P: "
    "cmake -D DATASET=mnist -D DIR=data -P \"${CMAKE_CURRENT_LIST_FILE}\"")
endif()
if(NOT DATASET IN_LIST DATASETS)
  list(JOIN DATASETS ", " known)
  message(FATAL_ERROR "There is no data set \"${DATASET}\"; DATASET is one of ${known}")
endif()

cmake_path(ABSOLUTE_PATH DIR BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
set(folder "${DIR}/${${DATASET}_FOLDER}")
set(files ${${DATASET}_FILES})
set(mirrors ${${DATASET}_MIRRORS})
if(MIRROR)
  set(mirrors ${MIRROR})
endif()
check_files("${folder}" "${files}" whole)
if(NOT whole)
  file(MAKE_DIRECTORY "${DIR}")
  lock_folder()
  check_files("${folder}" "${files}" whole)  # again: the download that was waited for may have been of this set
endif()
if(whole)
  message(STATUS "${folder}: there and whole")
elseif(${DATASET}_ARCHIVE)
  fetch_unpacked(${${DATASET}_ARCHIVE} "${folder}" "${files}")
else()
  file(MAKE_DIRECTORY "${folder}")
  while(files)
    list(POP_FRONT files name sha256)
    fetch(${name} ${sha256} "${folder}")
  endwhile()
endif()
message(STATUS "${DATASET} is in ${folder}")

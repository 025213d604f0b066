#!/bin/sh
# The unit tests on aarch64, cross-compiled and run by qemu: by hand before a release (hours on two cores; arguments
# are doctest's and choose a part, as in `aarch64.sh -sf='*test_parallel*'`). On Debian 12, as root:
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install g++-aarch64-linux-gnu qemu-user-static libfmt-dev:arm64 libpng-dev:arm64 libjpeg62-turbo-dev:arm64 \
#     zlib1g-dev:arm64
set -eu
cd "$(dirname "$0")/../.."
build=build/aarch64
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DREEL_BUILD_APPS=OFF -DREEL_INSTALL=OFF \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++
cmake --build "$build" --target reel_tests reel_f64_tests
for tests in reel_tests reel_f64_tests; do
  qemu-aarch64-static "$build/tests/$tests" "$@"
done

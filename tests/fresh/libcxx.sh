#!/bin/sh
# The library's sources with clang's standard library, for addresses of 64 and of 32 bits: what em++ and others compile
# with. By hand before a release; nothing is linked or run. libc++ has all that is used from 15 on. On Debian 12, as root:
#   apt-get install clang-16 libc++-16-dev libc++abi-16-dev libc6-dev-i386 libfmt-dev libpng-dev libjpeg-dev zlib1g-dev nlohmann-json3-dev
set -eu
cd "$(dirname "$0")/../.."
include=$(mktemp -d)
trap 'rm -r "$include"' EXIT
ln -s "$PWD" "$include/reel"
for bits in 64 32; do
  find core layers optim datasets -name '*.cpp' -print0 |
    xargs -0 -P "$(nproc)" -n 4 "${CXX:-clang++-16}" -std=c++20 -stdlib=libc++ -m$bits -fsyntax-only -Wall -Wextra -Werror \
      -I"$include" -idirafter /usr/include/x86_64-linux-gnu -DREEL_SOURCE_DIR='"."' -DREEL_INSTALL_PREFIX='"."'
  echo "libc++, $bits bits: compiles"
done

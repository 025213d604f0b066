#!/bin/bash
# Debian's packages: made on a bare system, looked at by lintian, installed on another bare one and used there; README.md
# here says more. As root:
#   tests/fresh/packages.sh [SUITE]...     where none is named: bookworm trixie
set -euo pipefail
. "$(dirname "$0")/systems.sh"

# Makes the packages in /reel/build/package of the system SUITE-build. What the build needs is what the README installs.
make_packages() {
  local name=$1-build
  make_system "$1" "$name"
  clone_tree "$name"
  chroot "$folder/$name" useradd -m plain
  chroot "$folder/$name" chown -R plain: /reel
  { grep 'apt-get install .* && cmake --workflow --preset demo$' "$tree/README.md" | sed 's/ && cmake --workflow .*//'
    echo 'apt-get install -y dpkg-dev file gzip help2man lintian'; } | give "$name" root /reel install
  give "$name" plain /reel package <<< 'cmake --workflow --preset package'
  give "$name" plain /reel/build/package lintian <<< 'lintian --fail-on error,warning ./*.deb'
}

# Installs them on the bare system SUITE-use, where there is neither Reel's tree nor a compiler, and uses them.
use_packages() {
  local name=$1-use
  make_system "$1" "$name"
  mkdir "$folder/$name/packages"
  cp "$folder/$1-build/reel/build/package/"*.deb "$folder/$name/packages/"
  cp -r "$tree/tests/consumer" "$folder/$name/consumer"
  chroot "$folder/$name" useradd -m plain

  give "$name" root /packages install-reel <<< 'apt-get update && apt-get install -y --no-install-recommends ./reel_*.deb'
  give "$name" plain . mnist << 'END'
mkdir empty
cd empty
mnist --epochs 1
! cifar10 --epochs 1 2> error.txt
grep -F ' -P /usr/share/reel/datasets/download.cmake' error.txt
for program in bench cifar10 corr2d mnist step; do $program --help > /dev/null; done
END

  give "$name" root /packages install-reel-dev <<< 'DEBIAN_FRONTEND=noninteractive apt-get install -y ./reel-dev_*.deb cmake pkgconf'
  give "$name" plain . find_package << 'END'
cmake -S /consumer -B build
cmake --build build
ctest --test-dir build --output-on-failure --no-tests=error
END
  give "$name" plain . pkg-config << 'END'
for library in reel reel_f64; do
  c++ -std=c++20 -O2 /consumer/train.cpp -o $library $(pkg-config --cflags --libs $library)
  ./$library
done
cp -r /usr/share/doc/reel/apps/examples .
cd examples
c++ -std=c++20 -O2 train_save_predict.cpp -o train_save_predict $(pkg-config --cflags --libs reel)
./train_save_predict
END
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
  make_packages "$suite"
  use_packages "$suite"
done
step "all passed: $*"

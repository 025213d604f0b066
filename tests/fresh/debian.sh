#!/bin/bash
# Both commands of the README on fresh Debian systems, as each of the three that may give them; README.md here says
# more. As root:
#   tests/fresh/debian.sh [SUITE]...     where none is named: bookworm trixie forky
set -euo pipefail
# The systems' /proc, /dev and so on are mounted in a namespace of this script's own: they go when it ends.
[ -n "${REEL_FRESH:-}" ] || REEL_FRESH=1 exec unshare --mount --propagation private "$0" "$@"

tree=$(cd "$(dirname "$0")/../.." && pwd)
folder=${REEL_FRESH_FOLDER:-/var/tmp/reel-fresh}
step() { printf '\n== %s (after %s s)\n' "$*" "$SECONDS"; }

mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | grep -vE '^ *#|security' |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1
}

# A bare system of that suite at $folder/NAME, with a clone of the tree's HEAD in /reel. What debootstrap made is kept.
make_system() {
  local suite=$1 system=$folder/$2 mounted
  if [ ! -e "$folder/$suite.tar" ]; then
    [ -e "/usr/share/debootstrap/scripts/$suite" ] || ln -s sid "/usr/share/debootstrap/scripts/$suite"
    rm -rf --one-file-system "$folder/$suite.base"
    debootstrap --variant=minbase "$suite" "$folder/$suite.base" $(mirror)
    tar -C "$folder/$suite.base" -cf "$folder/$suite.tar.part" .
    mv "$folder/$suite.tar.part" "$folder/$suite.tar"
    rm -rf --one-file-system "$folder/$suite.base"
  fi
  rm -rf --one-file-system "$system"
  mkdir "$system"
  tar -C "$system" -xf "$folder/$suite.tar"
  cp /etc/resolv.conf "$system/etc/"
  # Testing's list of packages is good for a week only, and a mirror may be behind.
  echo 'Acquire::Check-Valid-Until "false";' > "$system/etc/apt/apt.conf.d/behind"
  echo "127.0.0.1 localhost $(hostname)" > "$system/etc/hosts"
  for mounted in proc sys dev dev/pts dev/shm; do mount --bind "/$mounted" "$system/$mounted"; done
  git -c safe.directory='*' clone --quiet --no-hardlinks "$tree" "$system/reel"
}

# Gives both commands in /reel of a system as that user, and looks for warnings in what they say.
give_commands() {
  local system=$folder/$1 user=$2 preset log
  chroot "$system" chown -R "$user:" /reel
  for preset in demo test; do
    step "$1: the README's command for $preset, as $user"
    grep "apt-get install .* && cmake --workflow --preset $preset\$" "$tree/README.md" > "$system/command"
    log=$folder/$1.$user.$preset.log
    chroot "$system" su - "$user" -c 'cd /reel && bash /command' 2>&1 < /dev/null | tee "$log"
    if grep -nE 'warning:|CMake .*Warning' "$log"; then
      echo "$1: the build warns" >&2
      exit 1
    fi
  done
}

# Root on a bare system; then, as all is installed there, a user who may not install anything; and, on another bare
# system that gets the tree with what was built, a user with sudo.
try_suite() {
  local suite=$1 with_sudo=$folder/$1-sudo
  step "$suite"
  make_system "$suite" "$suite"
  give_commands "$suite" root
  chroot "$folder/$suite" useradd -m plain
  give_commands "$suite" plain

  make_system "$suite" "$suite-sudo"
  chroot "$with_sudo" sh -c 'apt-get update && apt-get install -y sudo && useradd -m admin'
  echo 'admin ALL=(ALL) NOPASSWD: ALL' > "$with_sudo/etc/sudoers.d/admin"
  rm -rf "$with_sudo/reel"
  cp -a "$folder/$suite/reel" "$with_sudo/reel"
  give_commands "$suite-sudo" admin
}

mkdir -p "$folder"
[ $# -gt 0 ] || set -- bookworm trixie forky
for suite; do try_suite "$suite"; done
step "all passed: $*"

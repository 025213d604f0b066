#!/bin/bash
# Both commands of the README on fresh Debian systems, as each of the three that may give them; README.md here says
# more. As root:
#   tests/fresh/debian.sh [SUITE]...     where none is named: bookworm trixie forky
set -euo pipefail
. "$(dirname "$0")/systems.sh"

# Gives both commands in /reel of a system as that user.
give_commands() {
  local preset
  chroot "$folder/$1" chown -R "$2:" /reel
  for preset in demo test; do
    grep "apt-get install .* && cmake --workflow --preset $preset\$" "$tree/README.md" | give "$1" "$2" /reel "$preset"
  done
}

# Root on a bare system; then, as all is installed there, a user who may not install anything; and, on another bare
# system that gets the tree with what was built, a user with sudo.
try_suite() {
  local suite=$1 with_sudo=$folder/$1-sudo
  step "$suite"
  make_system "$suite" "$suite"
  clone_tree "$suite"
  give_commands "$suite" root
  chroot "$folder/$suite" useradd -m plain
  give_commands "$suite" plain

  make_system "$suite" "$suite-sudo"
  chroot "$with_sudo" sh -c 'apt-get update && apt-get install -y sudo && useradd -m admin'
  echo 'admin ALL=(ALL) NOPASSWD: ALL' > "$with_sudo/etc/sudoers.d/admin"
  cp -a "$folder/$suite/reel" "$with_sudo/reel"
  give_commands "$suite-sudo" admin
}

[ $# -gt 0 ] || set -- bookworm trixie forky
for suite; do try_suite "$suite"; done
step "all passed: $*"

# Sourced by the scripts beside it: bare Debian systems, each a folder to chroot into. The caller runs as root.
# The systems' /proc, /dev and so on are mounted in a namespace of the script's own: they go when it ends.
[ -n "${REEL_FRESH:-}" ] || REEL_FRESH=1 exec unshare --mount --propagation private "$0" "$@"

tree=$(cd "$(dirname "$0")/../.." && pwd)
folder=${REEL_FRESH_FOLDER:-/var/tmp/reel-fresh}
mkdir -p "$folder"
step() { printf '\n== %s (after %s s)\n' "$*" "$SECONDS"; }

mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | grep -vE '^ *#|security' |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1
}

# A bare system of that suite at $folder/NAME. What debootstrap made is kept.
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
}

# A clone of the tree's HEAD in /reel of a system.
clone_tree() { git -c safe.directory='*' clone --quiet --no-hardlinks "$tree" "$folder/$1/reel"; }

# What a user of a system says, as a file of commands to be given in that folder of it; the log is NAME.USER.WHAT.log. A
# compiler's or CMake's warning ends it all.
give() {
  local name=$1 user=$2 where=$3 what=$4 log=$folder/$1.$2.$4.log
  step "$name: $what, as $user"
  cat > "$folder/$name/command"
  chroot "$folder/$name" su - "$user" -c "cd '$where' && bash -e /command" 2>&1 < /dev/null | tee "$log"
  if grep -nE 'warning:|CMake .*Warning' "$log"; then
    echo "$name: $what warns" >&2
    exit 1
  fi
}

#!/bin/sh
# engine.sh TEST WRITER...: a test of the page's engine, which needs node alone. Node may come after the build was
# configured, so it is looked for here. Exits with 77, skipped, where there is none.
here=$(cd "$(dirname "$0")" && pwd)
command -v node > /dev/null || {
  echo "skipped: the page's tests need node (Debian: apt install nodejs)"
  exit 77
}
test=$1
shift
exec node "$here/$test" "$@"

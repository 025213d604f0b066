#!/bin/sh
# run.sh WRITE_PAGES [STEP]: the browser tests, on pages that the program WRITE_PAGES makes, and STEP of its lessons.
# Exits with 77, skipped, where something is missing that Reel itself does not need. CHROMIUM names a browser that is
# not on PATH.
here=$(cd "$(dirname "$0")" && pwd)
skip() {
  echo "skipped: $1"
  exit 77
}
command -v node > /dev/null || skip "the page's tests need node (Debian: apt install nodejs)"
for package in playwright-core axe-core; do
  [ -d "$here/node_modules/$package" ] || skip "the page's tests need $package: npm ci --prefix $here"
done
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
[ -n "$CHROMIUM" ] || skip "no browser was found (Debian: apt install chromium; or set CHROMIUM)"
export CHROMIUM

PAGES=$(mktemp -d)
export PAGES
trap 'rm -rf "$PAGES"' EXIT
"$1" "$PAGES" || exit 1
[ -z "$2" ] || { mkdir "$PAGES/lessons" && "$2" --pages "$PAGES/lessons"; } || exit 1
cd "$here" && node --test $(ls *.test.mjs | grep -v "^engine")

#!/bin/sh
# run.sh BUILD SECONDS [NAME...]: runs the fuzzers in BUILD/tests/fuzz, all or those named, for so many seconds each, as
# many at a time as there are cores.
# What they find interesting is kept in BUILD/tests/fuzz/corpus; an input that fails stays in the current folder as
# crash-*, leak-*, timeout-* or oom-*, and the status is not 0.
set -eu
build=$1 seconds=$2
shift 2
# What finds more inputs a second: short stacks, little memory kept back. A leak is reported at the end.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=4:quarantine_size_mb=16:max_malloc_fill_size=0}"
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- $(cd "$here" && ls fuzz_*.cpp | sed 's/^fuzz_//; s/\.cpp$//')
if [ $# -gt 1 ]; then
  printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 "$0" "$build" "$seconds"
  exit
fi
name=$1
if ! [ -x "$build/tests/fuzz/fuzz_$name" ]; then
  echo "$build/tests/fuzz/fuzz_$name is not there: build the target fuzzers of the preset asan first" >&2
  exit 1
fi
corpus=$build/tests/fuzz/corpus/$name
mkdir -p "$corpus"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
  -entropic=0 -detect_leaks=0 -print_final_stats=1 "$corpus" "$here/seeds/$name" > "$log" 2>&1; then
  tail -n 40 "$log"
  echo "fuzz_$name found something" >&2
  exit 1
fi
echo "fuzz_$name: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") inputs, nothing found"

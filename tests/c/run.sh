#!/bin/sh
# run.sh COMPILER FOLDER: compiles run.c with what write_c wrote to the folder, and runs it; 77, skipped, where the
# compiler is missing.
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v "$1" > /dev/null; then
  echo "skipped: wants $1"
  exit 77
fi
case $1 in
  *++) language="-x c++ -std=c++11" ;;
  *) language="-x c -std=c99" ;;
esac
"$1" $language -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1 "-I$2" "$here/run.c" -o "$2/run_$1" -lm &&
  exec "$2/run_$1"

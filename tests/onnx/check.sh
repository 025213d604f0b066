#!/bin/sh
# check.sh FOLDER: check.py by a python that has the ONNX library, or 77, skipped, where there is none.
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 /usr/bin/python3; do
  if $python -c 'import onnx' 2> /dev/null; then
    exec $python "$here/check.py" "$@"
  fi
done
echo "skipped: wants the ONNX library (Debian: apt install python3-onnx)"
exit 77

#!/bin/sh
# run.sh FOLDER: run.mjs, or 77, skipped, where node or ONNX Runtime is missing. They may come after the build was
# configured, so they are looked for here.
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node > /dev/null || [ ! -d "$here/node_modules/onnxruntime-node" ]; then
  echo "skipped: wants node (Debian: apt install nodejs npm) and npm ci --ignore-scripts --prefix tests/onnx"
  exit 77
fi
exec node "$here/run.mjs" "$@"

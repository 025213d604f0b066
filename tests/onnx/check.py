"""Holds the files of write_onnx against the ONNX library: its checker, with shapes worked out and compared.

    check.py FOLDER
"""
import pathlib
import sys

import onnx

files = sorted(pathlib.Path(sys.argv[1]).glob('*.onnx'))
for file in files:
    model = onnx.load(file)
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        sys.exit(f'{file.name}: {error}')
    if (model.ir_version, model.opset_import[0].version) != (8, 17):
        sys.exit(f'{file.name}: IR {model.ir_version}, opset {model.opset_import[0].version}')
print(f'{len(files)} files')
sys.exit(0 if len(files) > 100 else 1)

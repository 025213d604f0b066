"""Files of reference values, and the random inputs of their cases.

Each file is in the safetensors format. A case `0012` has its parameters as JSON in the metadata and its tensors
as `0012.x0`, `0012.y`, ... Inputs are drawn in float32 so that the float build starts from the same numbers.
"""
import json
import pathlib
import struct

import torch

FOLDER = pathlib.Path(__file__).resolve().parent
DTYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    """https://github.com/huggingface/safetensors: length of the header, header, data; widest numbers first."""
    order = sorted(tensors, key=lambda name: -tensors[name].element_size())
    header, chunks, offset = {"__metadata__": metadata}, [], 0
    for name in order:
        tensor = tensors[name].detach().contiguous()
        data = tensor.numpy().tobytes()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    dtypes = {name: dtype for dtype, name in DTYPES.items()}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(bytearray(data[8 + length + begin:8 + length + end]), dtype=dtypes[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


class Goldens:
    """The cases of one file."""

    def __init__(self, name):
        self.path, self.tensors, self.metadata = FOLDER / f"{name}.safetensors", {}, {}

    def add(self, op, tensors, **parameters):
        case = f"{len(self.metadata):04}"
        self.metadata[case] = json.dumps({"op": op, **parameters})
        for name, tensor in tensors.items():
            exact = torch.equal(tensor.float().double(), tensor.double())
            self.tensors[f"{case}.{name}"] = tensor.float() if exact else tensor.double()

    def add_op(self, op, function, inputs, constants=(), extra=None, **parameters):
        """The value of function(*inputs) and the gradients of sum(y * dy), but for the inputs in `constants`."""
        inputs = [x.clone().requires_grad_(i not in constants) for i, x in enumerate(inputs)]
        y = function(*inputs)
        dy = uniform(*y.shape)
        y.backward(dy)
        tensors = {"y": y, "dy": dy, **(extra or {})}
        for i, x in enumerate(inputs):
            tensors[f"x{i}"] = x
            if x.requires_grad:
                tensors[f"dx{i}"] = x.grad
        self.add(op, tensors, **parameters)

    def write(self):
        write_safetensors(self.path, self.tensors, self.metadata)


def uniform(*shape, low=-1.0, high=1.0):
    return (torch.rand(shape, dtype=torch.float32) * (high - low) + low).double()


def numbers(*values):
    return torch.tensor(values, dtype=torch.float32).double()

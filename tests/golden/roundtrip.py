#!/usr/bin/env python3
"""Takes LeNet's weights from Reel to PyTorch by name, and from PyTorch to Reel; the logits must agree to 1e-5.

    python3 tests/golden/roundtrip.py build/release/tests/reel_roundtrip
"""
import pathlib
import subprocess
import sys
import tempfile

import torch

from golden_file import FOLDER, read_safetensors, write_safetensors
from training import LeNet

IMAGES = FOLDER / "lenet_training.safetensors"
TOLERANCE = 1e-5  # of max |difference| / max |logit|


def reel_logits(helper, action, weights):
    result = subprocess.run([helper, action, weights, IMAGES], check=True, capture_output=True, text=True)
    return torch.tensor([float(line) for line in result.stdout.split()]).reshape(-1, 10)


def compare(direction, reel, torch_logits):
    error = ((reel - torch_logits).abs().max() / torch_logits.abs().max()).item()
    print(f"{direction}: logits differ by {error:.2e}")
    return error <= TOLERANCE


def main():
    helper = sys.argv[1]
    images = read_safetensors(IMAGES)["images"].float()
    net = LeNet()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = pathlib.Path(folder) / "weights.safetensors"
        logits = reel_logits(helper, "save", path)
        net.load_state_dict(read_safetensors(path), strict=True)
        agrees = compare("Reel to PyTorch", logits, net(images))

        torch.manual_seed(7)
        net = LeNet()
        write_safetensors(path, net.state_dict(), {})
        agrees = compare("PyTorch to Reel", reel_logits(helper, "load", path), net(images)) and agrees
    sys.exit(0 if agrees else 1)


if __name__ == "__main__":
    main()

"""One network of `bench models` in PyTorch or ONNX Runtime: what `bench peers --torch COMMAND` compares with.

    python3 apps/bench/torch_peer.py --dress eager --only lenet --batch 64 --threads 1
    python3 apps/bench/torch_peer.py --dress onnxruntime --only lenet --batch 64 --threads 1 < lenet.onnx

Prints a line of JSON, as `bench models --json` does; the networks are those of networks.cpp, the rules of timing those
of timing.h and models.cpp. A dress that does not work here is a line {"failed": "why"}. PyTorch 2.4 or newer.
"""
import argparse
import json
import sys
import time

DRESSES = {  # (channels last, compiled, bfloat16)
    "eager": (False, False, False),
    "eager-cl": (True, False, False),
    "compiled": (False, True, False),
    "compiled-cl": (True, True, False),
    "bfloat16-cl": (True, False, True),
}


def networks():
    """Of each name: channels, side of the square images, and a function that makes it."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, body, shortcut):
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x):
            return self.body(x) + self.shortcut(x)

    def conv(inputs, outputs, kernel, stride=1, groups=1):
        """Of the shape of its input where the stride is 1; without a bias, which batch norm has."""
        return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)

    def conv_bn_relu(*arguments, **options):
        layer = conv(*arguments, **options)
        return [layer, nn.BatchNorm2d(layer.out_channels), nn.ReLU()]

    def digits_or_photographs(channels, padding):
        return nn.Sequential(nn.Conv2d(channels, 6, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

    def classifier(channels):
        return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]

    def mnist_cnn():
        return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10))

    def vgg_bn():
        layers, inputs = [], 3
        for outputs in (64, 128, 256):
            layers += conv_bn_relu(inputs, outputs, 3) + conv_bn_relu(outputs, outputs, 3) + [nn.MaxPool2d(2)]
            inputs = outputs
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4096, 10))

    def block(inputs, outputs, stride):
        body = nn.Sequential(*conv_bn_relu(inputs, outputs, 3, stride=stride), conv(outputs, outputs, 3),
                             nn.BatchNorm2d(outputs))
        projection = nn.Sequential(conv(inputs, outputs, 1, stride=stride), nn.BatchNorm2d(outputs))
        return [Residual(body, nn.Identity() if inputs == outputs else projection), nn.ReLU()]

    def resnet20():
        layers, inputs = conv_bn_relu(3, 16, 3), 16
        for outputs in (16, 32, 64):
            for _ in range(3):
                layers += block(inputs, outputs, 1 if inputs == outputs else 2)
                inputs = outputs
        return nn.Sequential(*layers, *classifier(inputs))

    def depthwise_separable():
        layers, inputs = conv_bn_relu(3, 32, 3), 32
        for outputs, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
            layers += conv_bn_relu(inputs, inputs, 3, stride=stride, groups=inputs) + conv_bn_relu(inputs, outputs, 1)
            inputs = outputs
        return nn.Sequential(*layers, *classifier(inputs))

    return {"lenet": (1, 28, lambda: digits_or_photographs(1, 2)), "mnist_cnn": (1, 28, mnist_cnn),
            "cifar_tutorial": (3, 32, lambda: digits_or_photographs(3, 0)), "vgg_bn": (3, 32, vgg_bn),
            "resnet20": (3, 32, resnet20), "depthwise_separable": (3, 32, depthwise_separable)}


def best_seconds(call, window):
    """Of one call: after one to warm up, the best of five windows of as many calls as fit."""
    call()
    best = float("inf")
    for _ in range(5):
        calls, start = 0, time.perf_counter()
        while True:
            call()
            calls += 1
            elapsed = time.perf_counter() - start
            if elapsed >= window:
                break
        best = min(best, elapsed / calls)
    return best


def seconds_of_training(step):
    losses = []
    return best_seconds(lambda: losses.append(step()), 0.3), losses[5]


def seconds_of_inference(forward):
    return best_seconds(forward, 0.1)


def torch_row(flags):
    import torch
    torch.set_num_threads(flags.threads)
    channels, side, make = networks()[flags.only]
    channels_last, compiled, bfloat16 = DRESSES[flags.dress]
    net, images = make(), torch.randn(flags.batch, channels, side, side)
    labels = torch.arange(flags.batch) * 7 % 10
    if channels_last:
        net = net.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, fused=True)
    forward = torch.compile(net, dynamic=False) if compiled else net
    precision = torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16)

    def step():
        sgd.zero_grad()
        with precision:
            loss = torch.nn.functional.cross_entropy(forward(images), labels)
        loss.backward()
        sgd.step()
        return loss.item()

    train, loss = seconds_of_training(step)
    net.eval()
    with torch.no_grad(), precision:
        infer = seconds_of_inference(lambda: forward(images))
    return {"peer": "PyTorch " + torch.__version__.partition("+")[0], "train_ms": 1000 * train,
            "train_img_s": flags.batch / train, "infer_img_s": flags.batch / infer, "loss": loss,
            "parameters": sum(parameter.numel() for parameter in net.parameters())}


def onnx_row(flags):
    """Of a file whose input is for batches of flags.batch."""
    import numpy
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = flags.threads, 1
    session = onnxruntime.InferenceSession(sys.stdin.buffer.read(), options, providers=["CPUExecutionProvider"])
    shape = session.get_inputs()[0].shape
    if shape[0] != flags.batch:
        raise ValueError(f"the file's input is {shape}, not a batch of {flags.batch}")
    images = {"input": numpy.random.default_rng(1).standard_normal(shape, dtype=numpy.float32)}
    infer = seconds_of_inference(lambda: session.run(None, images))
    return {"peer": "ONNX Runtime " + onnxruntime.__version__, "infer_img_s": flags.batch / infer}


def main():
    parser = argparse.ArgumentParser(description="One network of bench models in PyTorch or ONNX Runtime.")
    parser.add_argument("--dress", choices=[*DRESSES, "onnxruntime"], required=True)
    parser.add_argument("--only", metavar="NETWORK", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    flags = parser.parse_args()
    try:
        row = onnx_row(flags) if flags.dress == "onnxruntime" else torch_row(flags)
        row |= {"model": flags.only, "batch": flags.batch, "threads": flags.threads, "dress": flags.dress}
    except Exception as error:
        text = str(error).strip() or "no message"
        row = {"failed": f"{type(error).__name__}: {text.splitlines()[0]}"}
    print(json.dumps(row))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes what PyTorch computes at the corners of its ops: zeros of both signs, the smallest and largest numbers,
infinities and NaN, as values and as gradients. In float32 and in float64, for over- and underflow are elsewhere.

    python3 tests/golden/corners.py        # made with PyTorch 2.14.1, python3-torch of Debian testing

Where PyTorch sums in float32 what Reel sums in double (means, norms), the float32 values are those of float64.
"""
import itertools
import math

import torch
import torch.nn.functional as F

from golden_file import Goldens

INF, NAN = math.inf, math.nan
GRADIENTS = [1.0, -2.0, 0.0, INF, NAN]


class Corners(Goldens):
    """The cases of one precision. A case's gradient of y is 1 everywhere unless given."""

    def __init__(self, dtype):
        super().__init__(f"corners_{'f32' if dtype == torch.float32 else 'f64'}")
        self.dtype = dtype
        info = torch.finfo(dtype)
        self.denormal, self.huge = info.smallest_normal * info.eps, 1e30 if dtype == torch.float32 else 1e300
        sizes = [0.0, 1.0, self.denormal, info.smallest_normal, self.huge, info.max, INF]
        self.numbers = [sign * size for size in sizes for sign in (1, -1)] + [NAN]
        self.moderate = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 2.5, -3.0]
        self.few = [1.0, self.huge, INF, -INF, NAN]

    def tensor(self, values):
        return torch.as_tensor(values, dtype=self.dtype)

    def pairs(self, first=None, second=None):
        a, b = zip(*itertools.product(first or self.numbers, second or self.numbers))
        return self.tensor(a), self.tensor(b)

    def add_corner(self, op, function, inputs, dy=None, extra=None, wide=False, **parameters):
        """`wide`: computed in float64."""
        dtype = torch.float64 if wide else self.dtype
        leaves = [x.to(dtype).detach().clone().requires_grad_() for x in inputs]
        y = function(*leaves)
        dy = torch.ones_like(y) if dy is None else dy.to(dtype).reshape(y.shape)
        y.backward(dy)
        tensors = {"y": y, **({} if dy.eq(1).all() else {"dy": dy}), **(extra or {})}
        for i, x in enumerate(leaves):
            tensors |= {f"x{i}": x, f"dx{i}": x.grad}
        self.add(op, {name: tensor.to(self.dtype) for name, tensor in tensors.items()}, **parameters)

    def add(self, op, tensors, **parameters):
        case = len(self.metadata)
        super().add(op, {}, **parameters)
        self.tensors |= {f"{case:04}.{name}": tensor for name, tensor in tensors.items()}

    def add_function(self, op, function, values=(), **options):
        """A function of one number: every corner, and `values`, with every gradient. Number by number, for PyTorch's
        vector code of gelu in float32 overflows above half of the largest number, and its scalar code does not."""
        x, dy = self.pairs(self.numbers + list(values), GRADIENTS)
        self.add_corner(op, lambda x: torch.cat([function(one) for one in x.split(1)]), [x], dy, **options)


# ---- Element by element.

def arithmetic(c):
    for op, function in {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}.items():
        a, b = c.pairs()
        c.add_corner(op, function, [a, b])
        c.add_corner(op, function, [a, b], c.tensor(GRADIENTS).repeat(len(a) // len(GRADIENTS)))
        c.add_corner(op, function, [c.tensor(c.numbers)[:, None], c.tensor([2.0, -0.5])])  # broadcast
    quotient = lambda x, s: torch.div(c.tensor(s).to(x.dtype), x)  # s / x would be s times 1 / x
    with_number = {"add_scalar": lambda x, s: x + s, "sub_scalar": lambda x, s: x - s, "mul_scalar": lambda x, s: x * s,
                   "div_scalar": lambda x, s: x / s, "scalar_sub": lambda x, s: s - x, "scalar_div": quotient}
    for op, function in with_number.items():
        for number in c.numbers:
            c.add_corner(op, lambda x: function(x, number), [c.tensor(c.numbers)], extra={"scalar": c.tensor(number)})


def functions_of_one_number(c):
    saturating = [sign * size for size in (0.5, 50.0, 100.0, 300.0, 1000.0) for sign in (1, -1)]
    functions = {"neg": torch.neg, "relu": F.relu, "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid,
                 "tanh": torch.tanh, "exp": torch.exp, "log": torch.log, "sqrt": torch.sqrt, "abs": torch.abs}
    for op, function in functions.items():
        c.add_function(op, function, saturating)
    for slope in (0.01, 0.0, -0.5):
        c.add_function("leaky_relu", lambda x: F.leaky_relu(x, slope), extra={"negative_slope": c.tensor(slope)})
    for beta, threshold in ((1.0, 20.0), (2.0, 5.0)):
        c.add_function("softplus", lambda x: F.softplus(x, beta, threshold), [30.0, -30.0],
                       extra={"beta": c.tensor(beta), "threshold": c.tensor(threshold)})
    for alpha in (1.0, -2.0):
        c.add_function("elu", lambda x: F.elu(x, alpha), extra={"alpha": c.tensor(alpha)})
    c.add_function("hardswish", F.hardswish, [3.0, -3.0])
    c.add_function("mish", F.mish, saturating)
    for exponent in (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -2.0, 3.0, 0.25, -3.0, INF, -INF, NAN):
        c.add_function("pow", lambda x: x**exponent, [2.0, -2.0, 0.5, -0.5], extra={"exponent": c.tensor(exponent)})
    for low, high in ((-1.0, 1.0), (0.0, 0.0), (-INF, INF), (-INF, 0.0), (INF, INF)):
        c.add_function("clamp", lambda x: torch.clamp(x, low, high), extra={"low": c.tensor(low), "high": c.tensor(high)})


# ---- Rows: pairs of corners beside a moderate number, in short rows and in rows that fill vectors.

def rows_of_pairs(c, filling, first=None):
    a, b = c.pairs(first, first)
    return torch.stack([a, b] + [torch.full_like(a, 0.5 if i % 2 else -0.25) for i in range(filling)], 1)


def reductions(c):
    for filling in (0, 1):
        x = rows_of_pairs(c, filling)
        if filling == 0:  # of three, the order of the additions would tell
            c.add_corner("sum", lambda x: x.sum(1), [x], dims=[1], keepdim=False)
            c.add_corner("sum", lambda x: x.sum(0), [x.T], dims=[0], keepdim=False)
            c.add_corner("mean", lambda x: x.mean(1), [x], wide=c.dtype == torch.float32, dims=[1], keepdim=False)
        c.add_corner("max", lambda x: torch.amax(x, filling), [x.T if filling == 0 else x], dims=[filling], keepdim=False)
    whole = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}
    for values in ([INF, -INF], [INF, 1.0], [NAN, INF], [NAN, 1.0], [-INF, -INF], [-0.0, -0.0], [-0.0, 0.0]):
        for op, function in whole.items():
            c.add_corner(op, function, [c.tensor(values)])
            c.add_corner(op, function, [torch.cat([c.tensor(values), torch.full((33,), 0.5).to(c.dtype)])])
    for filling, values in ((0, None), (1, c.moderate), (40, c.few)):
        x = rows_of_pairs(c, filling, values)
        dy = torch.linspace(-1, 2, x.shape[1], dtype=c.dtype).expand(x.shape)
        for op, function in {"softmax": F.softmax, "log_softmax": F.log_softmax}.items():
            c.add_corner(op, lambda x: function(x, 1), [x], dy, dim=1, shared_dim=1)
            if values:
                c.add_corner(op, lambda x: function(x, 0), [x.T], dy.T, dim=0, shared_dim=0)


# ---- Products.

def products(c):
    a, b = c.pairs()
    c.add_corner("matmul", torch.matmul, [torch.stack([a, torch.ones_like(a)], 1)[:, None],
                                          torch.stack([b, torch.full_like(b, 0.5)], 1)[:, :, None]])
    row = c.tensor(c.numbers)
    ones = torch.ones(len(row), dtype=c.dtype)
    c.add_corner("matmul", torch.matmul, [row[:, None], row[None]])
    for count in (1, len(row)):  # one weight, whose gradients are not all NaN, and each with each
        weight = torch.stack([ones, 0.5 * ones], 1)[:count] if count == 1 else torch.stack([row, 0.5 * ones], 1)
        c.add_corner("linear", F.linear, [torch.stack([row, ones], 1), weight, ones[:count]])
    c.add_corner("linear", F.linear, [torch.ones(1, 2).to(c.dtype), torch.ones(len(row), 2).to(c.dtype), row])
    images = row[:, None, None, None] * torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=c.dtype)
    images = torch.where(torch.tensor([[True, False], [False, False]]), images, torch.ones_like(images))
    one = torch.full((1, 1, 2, 2), 0.5, dtype=c.dtype)
    c.add_corner("conv2d", F.conv2d, [images, one, ones[:1]], stride=[1, 1], padding=[0, 0, 0, 0], dilation=[1, 1])
    weights = row[:, None, None, None]
    c.add_corner("conv2d", F.conv2d, [images, weights, row], stride=[1, 1], padding=[0, 0, 0, 0], dilation=[1, 1])
    c.add_corner("conv1x1", F.conv2d, [images, weights, row])
    c.add_corner("conv_transpose2d", F.conv_transpose2d, [images[:, :, :1, :1], one], stride=[1, 1], padding=[0, 0, 0, 0],
                 dilation=[1, 1])


# ---- Pooling.

def pooling(c):
    for filling in (2, 7):  # windows of 2x2, and of 3x3 that go another way
        x, size = rows_of_pairs(c, filling, None if filling == 2 else c.moderate), 2 if filling == 2 else 3
        x = x.reshape(len(x), 1, size, size)
        kernel = (size, size)
        c.add_corner("max_pool2d", lambda x: F.max_pool2d(x, kernel), [x], kernel=kernel)
        c.add_corner("max_pool2d", lambda x: F.max_pool2d(x, kernel), [x.flip(2, 3).reshape(1, 1, -1, size)], kernel=kernel)
        some = rows_of_pairs(c, filling, c.moderate + [c.huge]).reshape(-1, 1, size, size)
        c.add_corner("avg_pool2d", lambda x: F.avg_pool2d(x, kernel), [some], wide=True, kernel=kernel, count_include_pad=True)
        c.add_corner("global_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, 1), [some], wide=True)
    low = c.tensor([-INF] * 16).reshape(1, 1, 4, 4)
    for kernel in ((2, 2), (3, 3)):
        c.add_corner("max_pool2d", lambda x: F.max_pool2d(x, kernel), [low], kernel=kernel)


# ---- Normalisation.

def normalized(x, dims, eps):
    """In float64, of numbers whose squares overflow as well: (x - mean) / sqrt(var + eps) of x and eps scaled alike."""
    largest = x.detach().abs().amax(dims, keepdim=True)
    scale = torch.where(largest.isfinite() & (largest > 1e100), x.new_tensor(2.0**-600), x.new_tensor(1.0))
    x = x * scale
    mean = x.mean(dims, keepdim=True)
    var = (x - mean).square().mean(dims, keepdim=True)
    return (x - mean) / torch.sqrt(var + eps * scale * scale)


def normalisation(c):
    values = c.moderate + [c.huge, -c.huge, c.denormal, 1e19, -3e19]
    for filling in (3, 40):
        x = rows_of_pairs(c, filling, c.few if filling == 40 else values)
        size = x.shape[1]
        dy = torch.linspace(-1, 2, size).to(c.dtype).expand(x.shape)
        weight, bias = torch.linspace(0.5, 2, size).to(c.dtype), torch.linspace(-1, 1, size).to(c.dtype)
        c.add_corner("layer_norm", lambda x, w, b: normalized(x, 1, 1e-5) * w + b, [x, weight, bias], dy, wide=True,
                     shared_dim=1)
        finite = x[x.isfinite().all(1)]
        c.add_corner("layer_norm", lambda x, w, b: normalized(x, 1, 1e-5) * w + b, [finite, weight, bias], dy[:len(finite)],
                     wide=True, shared_dim=1)
        channels = torch.linspace(0.5, 2, len(x)).to(c.dtype)
        c.add_corner("batch_norm2d", lambda x, w, b: normalized(x, 0, 1e-5) * w + b, [x.T, channels, -channels], dy.T,
                     wide=True, shared_dim=0)
    plain = rows_of_pairs(c, 2, c.moderate)
    ones = torch.ones(4, dtype=c.dtype)
    dy = torch.linspace(-1, 2, 4, dtype=c.dtype).expand(plain.shape)
    c.add_corner("layer_norm", lambda x, w: F.layer_norm(x, (4,), w), [plain, ones], dy, shared_dim=1)
    c.add_corner("batch_norm2d", lambda x: F.batch_norm(x, None, None, None, None, True), [plain.T], dy.T, shared_dim=0)
    running(c)


def running(c):
    """batch_norm2d with given statistics, every pair a channel."""
    # x weight / deviation, for PyTorch's x alpha + (bias - mean alpha) is NaN where alpha is infinite
    def function(x, w, b):
        return (x - of["mean"]) / torch.sqrt(of["var"].double() + 1e-5) * w + b

    sides = {"mean": (c.moderate, [0.0, 1.0, INF, NAN]), "var": (c.moderate, c.numbers), "weight": (c.moderate, c.numbers),
             "bias": (c.numbers, [0.0, 1.0, INF, -INF, NAN])}
    for what, (xs, others) in sides.items():
        x, other = c.pairs(xs, others)
        one, zero = torch.ones_like(x), torch.zeros_like(x)
        of = {"mean": zero, "var": 4 * one if what == "bias" else one, "weight": one, "bias": zero} | {what: other}
        statistics = {"running_mean": of["mean"], "running_var": of["var"], "running_mean_after": of["mean"],
                      "running_var_after": of["var"]}
        c.add_corner("batch_norm2d", function, [torch.stack([x, one]), of["weight"], of["bias"]], extra=statistics,
                     wide=True, training=False)


# ---- Shapes: copies, which keep every bit's meaning.

def shapes(c):
    x = c.tensor(c.numbers + [2.0]).reshape(1, 1, 4, 4)
    dy = x.flip(3)
    c.add_corner("reshape", lambda x: x.reshape(2, 8), [x], dy, sizes=[2, 8])
    c.add_corner("flatten", torch.flatten, [x], dy, start_dim=0)
    c.add_corner("transpose", lambda x: x.transpose(2, 3), [x], dy, dims=[2, 3])
    c.add_corner("permute", lambda x: x.permute(3, 2, 1, 0), [x], dy, order=[3, 2, 1, 0])
    c.add_corner("concat", lambda *x: torch.cat(x, 2), [x, x], torch.cat([dy, dy]), dim=2)
    c.add_corner("stack", lambda *x: torch.stack(x, 1), [x, x], torch.cat([dy, dy]), dim=1)
    c.add_corner("slice", lambda x: x[:, :, 1:4:2], [x], dy[:, :, :2], dim=2, range=[1, 4, 2])
    for value in (INF, NAN, -0.0):
        c.add_corner("pad2d", lambda x: F.pad(x, (1, 0, 0, 1), value=value), [x], padding=[0, 1, 1, 0],
                     extra={"value": c.tensor(value)})
    c.add_corner("dropout", lambda x: F.dropout(x, 0.5, False), [x], dy, p=0.5, training=False)


# ---- Losses.

def losses(c):
    saturated = c.numbers + [100.0, 1000.0, -1000.0]
    x, target = c.pairs(saturated, c.numbers)
    for op, function in {"mse_loss": F.mse_loss, "l1_loss": F.l1_loss}.items():
        c.add_corner(op, lambda x, t: function(x, t, reduction="none"), [x, target], reduction="none")
        c.add_corner(op, lambda x, t: function(x, t, reduction="none"), [x, target], c.tensor(GRADIENTS).repeat(len(x) // 5),
                     reduction="none")
    x, target = c.pairs(saturated, [0.0, 1.0, 0.25, NAN])
    c.add_corner("bce_with_logits", lambda x: F.binary_cross_entropy_with_logits(x, target.to(x.dtype), reduction="none"),
                 [x], extra={"target": target}, wide=True, reduction="none")
    for values in ([INF, 1.0], [NAN, 1.0], [c.huge, c.huge], [torch.finfo(c.dtype).max, 0.0], [0.5, -0.0]):
        x, zero = c.tensor(values), torch.zeros(2, dtype=c.dtype)
        for reduction in ("mean", "sum"):
            for op, function in {"mse_loss": F.mse_loss, "l1_loss": F.l1_loss}.items():
                c.add_corner(op, lambda x, t: function(x, t, reduction=reduction), [x, zero], reduction=reduction)
            c.add_corner("bce_with_logits", lambda x: F.binary_cross_entropy_with_logits(x, zero, reduction=reduction), [x],
                         extra={"target": zero}, reduction=reduction)
    rows_of_logits(c)


def rows_of_logits(c):
    logits = rows_of_pairs(c, 1, saturated_logits(c))
    for label in (0, 2):
        labels = torch.full((len(logits),), label)
        for smoothing in (0.0, 0.1):
            c.add_corner("cross_entropy", lambda x: F.cross_entropy(x, labels, reduction="none", label_smoothing=smoothing),
                         [logits], reduction="none", label_smoothing=smoothing, labels=labels.tolist())
        c.add_corner("nll_loss", lambda x: F.nll_loss(x, labels, reduction="none"), [logits], reduction="none",
                     labels=labels.tolist())
    for target in ([1.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.0, 0.0, 0.0], [NAN, 0.0, 1.0], [INF, 0.0, 0.0]):
        given = c.tensor(target).expand(logits.shape)
        for smoothing in (0.0, 0.1):
            c.add_corner("cross_entropy", lambda x: F.cross_entropy(x, given, reduction="none", label_smoothing=smoothing),
                         [logits], reduction="none", label_smoothing=smoothing, extra={"target": given})
    for reduction in ("mean", "sum"):
        for row in ([INF, 0.0], [-INF, 0.0], [-INF, -INF], [NAN, 0.0], [1000.0, -1000.0]):
            x = c.tensor([row, [0.5, 1.0]])
            c.add_corner("cross_entropy", lambda x: F.cross_entropy(x, torch.tensor([1, 0]), reduction=reduction), [x],
                         reduction=reduction, label_smoothing=0.0, labels=[1, 0])
            c.add_corner("nll_loss", lambda x: F.nll_loss(x, torch.tensor([1, 0]), reduction=reduction), [x],
                         reduction=reduction, labels=[1, 0])


def saturated_logits(c):
    return [0.0, c.denormal, c.huge, -c.huge, INF, -INF, NAN, 50.0, -1000.0]


def main():
    torch.set_num_threads(1)
    for dtype in (torch.float32, torch.float64):
        corners = Corners(dtype)
        for make in (arithmetic, functions_of_one_number, reductions, products, pooling, normalisation, shapes, losses):
            make(corners)
        corners.write()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes the reference values that the tests compare Reel with, computed by PyTorch in float64.

    python3 tests/golden/generate.py        # made with PyTorch 2.14.1, python3-torch of Debian testing
"""
import math

import torch
import torch.nn.functional as F

from golden_file import Goldens, numbers, uniform
from resnet18 import resnet18
from training import clipping, lenet, muon, optimizers, schedules
from transforms import affines, colours, resizes


# ---- Element by element.

def arithmetic(goldens):
    pairs = [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 4), (3, 1)), ((1,), (2, 3)), ((2, 3, 1, 2), (1, 4, 2)),
             ((17, 5), (17, 1)), ((2, 3), ())]
    functions = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for op, function in functions.items():
        for a, b in pairs:
            goldens.add_op(op, function, [uniform(*a), uniform(*b, low=0.5, high=2)])
    for scalar in (0.25, -3.0):
        goldens.add_op("add_scalar", lambda x: x + scalar, [uniform(2, 3)], scalar=scalar)
        goldens.add_op("sub_scalar", lambda x: x - scalar, [uniform(2, 3)], scalar=scalar)
        goldens.add_op("mul_scalar", lambda x: x * scalar, [uniform(2, 3)], scalar=scalar)
        goldens.add_op("div_scalar", lambda x: x / scalar, [uniform(2, 3)], scalar=scalar)
        goldens.add_op("scalar_sub", lambda x: scalar - x, [uniform(2, 3)], scalar=scalar)
        goldens.add_op("scalar_div", lambda x: scalar / x, [uniform(2, 3, low=0.5, high=2)], scalar=scalar)
    x = uniform(3)
    goldens.add_op("mul_self", lambda x: x * x, [x])
    ties = numbers(1, 3, 2, -1, 0, 0).reshape(2, 3), numbers(1, 2, 3)
    for op, function in {"maximum": torch.maximum, "minimum": torch.minimum}.items():
        for inputs in (ties, *([uniform(*a), uniform(*b)] for a, b in pairs[2:])):
            goldens.add_op(op, function, inputs)
    goldens.add_op("maximum_scalar", lambda x: torch.maximum(x, torch.tensor(0.25)), [uniform(2, 3)], scalar=0.25)
    choices(goldens)


def choices(goldens):
    def add(condition, *inputs, **number):
        chosen = torch.randint(0, 2, condition).bool()
        a, b = number.get("a"), number.get("b")
        goldens.add_op("where", lambda *x: torch.where(chosen, *([a] if a else []), *x, *([b] if b else [])),
                       [uniform(*shape) for shape in inputs], extra={"condition": chosen.double()}, **number)

    add((2, 3), (2, 3), (2, 3))
    add((2, 3), (3,), (2, 1))
    add((2, 2), (2, 2), b=-1.5)
    add((2, 2), (2, 2), a=0.25)
    add((3, 1), (2, 1, 4), ())
    add((2, 1, 3), (3,), (1,))
    add((), (5,), (5,))
    add((4, 3), (), b=2.0)


def functions_of_one_number(goldens):
    kinked = numbers(-2, -1, -0.5, 0, 0.5, 1, 2)
    wide = numbers(-30, -8, -1e-3, 1e-3, 8, 30)
    simple = {"neg": torch.neg, "relu": F.relu, "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid,
              "tanh": torch.tanh, "abs": torch.abs}
    for op, function in simple.items():
        for x in (uniform(2, 3, 4, low=-3, high=3), uniform(), uniform(35, low=-2, high=2), kinked, wide):
            goldens.add_op(op, function, [x])
    for x in (uniform(2, 3, 4, low=-3, high=3), uniform(35)):
        goldens.add_op("exp", torch.exp, [x])
    for x in (uniform(2, 3, 4, low=0.1, high=4), uniform(35, low=0.5, high=9)):
        goldens.add_op("log", torch.log, [x])
        goldens.add_op("sqrt", torch.sqrt, [x])
    for exponent in (2.0, 3.0, 0.5, -1.5, 1.0, 0.0):
        goldens.add_op("pow", lambda x: x**exponent, [uniform(2, 9, low=0.3, high=2)], exponent=exponent)
    for exponent in (2.0, 3.0, 1.0, 0.0):
        goldens.add_op("pow", lambda x: x**exponent, [numbers(-2, -0.5, 0, 0.5)], exponent=exponent)
    for beta, threshold in ((1.0, 20.0), (2.0, 20.0), (0.5, 1.0)):
        for x in (uniform(3, 7, low=-3, high=3), wide):
            goldens.add_op("softplus", lambda x: F.softplus(x, beta, threshold), [x], beta=beta, threshold=threshold)
    for alpha in (1.0, 0.5):
        for x in (uniform(3, 7, low=-3, high=3), kinked, wide):
            goldens.add_op("elu", lambda x: F.elu(x, alpha), [x], alpha=alpha)
    for x in (uniform(3, 7, low=-5, high=5), numbers(-4, -3, -2.5, 0, 2.5, 3, 4), wide):
        goldens.add_op("hardswish", F.hardswish, [x])
    for x in (uniform(3, 7, low=-5, high=5), kinked, wide):
        goldens.add_op("mish", F.mish, [x])
    for slope in (0.01, 0.25):
        for x in (uniform(3, 7), kinked):
            goldens.add_op("leaky_relu", lambda x: F.leaky_relu(x, slope), [x], negative_slope=slope)
    for x in (uniform(3, 7), kinked):
        goldens.add_op("clamp", lambda x: torch.clamp(x, -0.5, 0.5), [x], low=-0.5, high=0.5)


# ---- Reductions.

def reductions(goldens):
    shapes_and_dims = [((3,), [0]), ((2, 3), [1]), ((2, 3), [0]), ((2, 3, 4), [-1]), ((2, 3, 4), [0, 2]),
                       ((2, 3, 4), [1]), ((2, 3, 4, 5), [0, 2, 3]), ((2, 3, 4, 5), [-2, 1]), ((40, 3), [0])]
    whole = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}
    over = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax}
    for op in over:
        for shape in ((), (5,), (3, 4), (2, 3, 2, 3)):
            goldens.add_op(op, whole[op], [uniform(*shape)])
        for shape, dims in shapes_and_dims:
            for keepdim in (False, True):
                goldens.add_op(op, lambda x: over[op](x, dims, keepdim), [uniform(*shape)], dims=dims, keepdim=keepdim)
    ties = numbers(1, 3, 3, 2, 2, 2).reshape(2, 3)
    goldens.add_op("max", lambda x: torch.amax(x, [1], False), [ties], dims=[1], keepdim=False)
    goldens.add_op("max", torch.amax, [ties])
    for shape, dim in (((5,), 0), ((3, 4), 1), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((2, 3, 4), -3), ((2, 70), 1)):
        x = uniform(*shape, low=-4, high=4)
        goldens.add_op("softmax", lambda x: F.softmax(x, dim), [x], dim=dim)
        goldens.add_op("log_softmax", lambda x: F.log_softmax(x, dim), [x], dim=dim)
    large = numbers(1000, 1001, 999, -1000, -1001, -1000).reshape(2, 3)
    goldens.add_op("log_softmax", lambda x: F.log_softmax(x, -1), [large], dim=-1)


# ---- Matrix products.

def products(goldens):
    for a, b in (((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)),
                 ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((1, 1), (1, 1)),
                 ((17, 33), (33, 9))):
        goldens.add_op("matmul", torch.matmul, [uniform(*a), uniform(*b)])
    for shape in ((3,), (2, 3), (2, 4, 3), (2, 2, 2, 3)):
        goldens.add_op("linear", F.linear, [uniform(*shape), uniform(5, 3), uniform(5)])
        goldens.add_op("linear", F.linear, [uniform(*shape), uniform(5, 3)])
    goldens.add_op("linear", F.linear, [uniform(9, 20), uniform(11, 20), uniform(11)])


def embeddings(goldens):
    for shape, indices in (((4, 3), [2, 0, 2]), ((2, 1), [1]), ((5, 7), [4, 4, 4, 0, 1, 4]), ((3, 2), [])):
        goldens.add_op("embedding", lambda w: F.embedding(torch.tensor(indices, dtype=torch.long), w), [uniform(*shape)],
                       indices=indices)
    for indices in ([[1, 0, 1], [2, 2, 0]], 3, [[[0]], [[3]]]):
        at = torch.tensor(indices)
        goldens.add_op("embedding", lambda w: F.embedding(at, w), [uniform(4, 2)], extra={"indices": at.double()})


# ---- Convolutions. Paddings are [top, bottom, left, right].

def pad(x, padding, value=0.0):
    top, bottom, left, right = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def add_conv2d(goldens, size, channels, kernel, batch=2, bias=True, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1),
               groups=1):
    c_in, c_out = channels
    inputs = [uniform(batch, c_in, *size), uniform(c_out, c_in // groups, *kernel)] + [uniform(c_out)] * bias

    def function(x, weight, bias=None):
        return F.conv2d(pad(x, padding), weight, bias, stride, 0, dilation, groups)

    goldens.add_op("conv2d", function, inputs, stride=stride, padding=padding, dilation=dilation, groups=groups)


def convolutions(goldens):
    for kernel in ((1, 1), (2, 2), (3, 3), (5, 5), (1, 3), (3, 2)):
        for padding in ((0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 1, 1)):
            add_conv2d(goldens, (6, 7), (2, 3), kernel, padding=padding)
    for stride in ((2, 2), (3, 3), (1, 2), (2, 1)):
        for kernel in ((1, 1), (3, 3), (4, 2)):
            add_conv2d(goldens, (7, 8), (2, 3), kernel, stride=stride, padding=(1, 1, 1, 1))
    for dilation in ((2, 2), (3, 1), (1, 2)):
        add_conv2d(goldens, (7, 7), (2, 2), (3, 3), dilation=dilation)
        add_conv2d(goldens, (7, 7), (2, 2), (3, 3), dilation=dilation, stride=(2, 2), padding=(2, 2, 2, 2))
    for groups, channels in ((2, (4, 4)), (2, (4, 6)), (3, (3, 3)), (4, (4, 8)), (2, (2, 2))):
        add_conv2d(goldens, (5, 6), channels, (3, 3), groups=groups, padding=(1, 1, 1, 1))
        add_conv2d(goldens, (5, 6), channels, (3, 3), groups=groups, stride=(2, 2), bias=False)
    for padding in ((0, 1, 0, 1), (1, 0, 2, 0), (2, 1, 0, 3)):  # not the same on both sides
        add_conv2d(goldens, (5, 5), (2, 3), (3, 3), padding=padding)
        add_conv2d(goldens, (5, 6), (2, 2), (2, 2), padding=padding, stride=(2, 2))
        add_conv2d(goldens, (6, 5), (4, 4), (3, 3), padding=padding, groups=2, dilation=(2, 1), stride=(1, 2))
    for size in ((1, 1), (3, 1), (9, 4)):
        add_conv2d(goldens, size, (1, 1), (1, 1), batch=1)
        add_conv2d(goldens, size, (3, 2), (3, 3), batch=1, padding=(1, 1, 1, 1))
    add_conv2d(goldens, (5, 5), (3, 4), (5, 5), batch=1)  # the kernel covers the image
    add_conv2d(goldens, (3, 3), (1, 2), (5, 5), batch=1, padding=(1, 1, 1, 1), bias=False)  # and more than that
    add_conv2d(goldens, (12, 13), (8, 8), (3, 3), batch=1, padding=(1, 1, 1, 1))  # long enough for vector loops
    add_conv2d(goldens, (12, 12), (1, 6), (5, 5), batch=3, padding=(2, 2, 2, 2))
    for size, channels, bias in (((4, 5), (3, 2), True), ((1, 1), (2, 3), True), ((3, 3), (4, 4), False), ((6, 5), (1, 1), True)):
        inputs = [uniform(2, channels[0], *size), uniform(channels[1], channels[0], 1, 1)] + [uniform(channels[1])] * bias
        goldens.add_op("conv1x1", F.conv2d, inputs)
    inputs = [uniform(1, 3, 4, 4), uniform(2, 3), uniform(2)]
    goldens.add_op("conv1x1", lambda x, w, b: F.conv2d(x, w[:, :, None, None], b), inputs)


def one_dimensional_convolutions(goldens):
    for length, channels, kernel, options in (
            (5, (2, 3), 3, {}), (6, (2, 2), 2, {"stride": 2, "padding": 1}), (7, (4, 2), 3, {"dilation": 2, "groups": 2}),
            (9, (3, 3), 3, {"groups": 3, "padding": 2}), (1, (2, 3), 1, {}), (4, (1, 1), 4, {}),
            (12, (4, 6), 5, {"stride": 3, "padding": 4, "dilation": 2, "groups": 2}), (19, (5, 4), 3, {"padding": 1})):
        for bias in (True, False):
            c_in, c_out = channels
            inputs = [uniform(2, c_in, length), uniform(c_out, c_in // options.get("groups", 1), kernel)] + [uniform(c_out)] * bias
            goldens.add_op("conv1d", lambda *x: F.conv1d(*x, **options), inputs, **options)


def add_conv_transpose2d(goldens, size, channels, kernel, bias=True, stride=(1, 1), padding=(0, 0, 0, 0),
                         output_padding=(0, 0), dilation=(1, 1), groups=1):
    c_in, c_out = channels
    inputs = [uniform(2, c_in, *size), uniform(c_in, c_out // groups, *kernel)] + [uniform(c_out)] * bias
    top, bottom, left, right = padding

    def function(x, weight, bias=None):
        if (top, left) == (bottom, right):
            return F.conv_transpose2d(x, weight, bias, stride, (top, left), output_padding, groups, dilation)
        y = F.conv_transpose2d(x, weight, bias, stride, 0, output_padding, groups, dilation)
        return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]

    goldens.add_op("conv_transpose2d", function, inputs, stride=stride, padding=padding, output_padding=output_padding,
                   dilation=dilation, groups=groups)


def transposed_convolutions(goldens):
    for kernel in ((1, 1), (2, 2), (3, 3), (2, 3)):
        for stride in ((1, 1), (2, 2), (1, 3)):
            add_conv_transpose2d(goldens, (3, 4), (2, 3), kernel, stride=stride)
    add_conv_transpose2d(goldens, (4, 4), (2, 3), (3, 3), padding=(1, 1, 1, 1))
    add_conv_transpose2d(goldens, (4, 3), (2, 3), (3, 3), stride=(2, 2), padding=(1, 1, 1, 1), output_padding=(1, 1))
    add_conv_transpose2d(goldens, (3, 3), (2, 2), (3, 3), stride=(3, 2), output_padding=(2, 1), bias=False)
    add_conv_transpose2d(goldens, (3, 3), (2, 2), (3, 2), dilation=(2, 2))
    add_conv_transpose2d(goldens, (3, 3), (4, 6), (3, 3), groups=2, padding=(1, 1, 1, 1))
    add_conv_transpose2d(goldens, (3, 3), (4, 4), (2, 2), groups=4, stride=(2, 2))
    add_conv_transpose2d(goldens, (4, 4), (2, 2), (3, 3), stride=(2, 2), padding=(0, 1, 1, 2))
    add_conv_transpose2d(goldens, (1, 1), (3, 2), (4, 4))


# ---- Pooling.

def pooling(goldens):
    windows = [((4, 4), (2, 2), {}), ((5, 7), (2, 2), {}), ((5, 7), (2, 2), {"ceil_mode": True}),
               ((6, 6), (3, 3), {"stride": (1, 1)}), ((7, 7), (3, 3), {"stride": (2, 2)}), ((6, 5), (2, 3), {"stride": (2, 1)}),
               ((7, 7), (3, 3), {"stride": (2, 2), "padding": (1, 1, 1, 1)}),
               ((6, 6), (3, 3), {"stride": (2, 2), "padding": (1, 1, 1, 1), "ceil_mode": True}),
               ((5, 5), (2, 2), {"stride": (3, 3), "ceil_mode": True}),  # a last window outside is left out
               ((6, 5), (3, 2), {"padding": (1, 1, 0, 0)}), ((3, 3), (3, 3), {}), ((1, 1), (1, 1), {})]

    def symmetric(options):
        top, _, left, _ = options.get("padding", (0, 0, 0, 0))
        return {**options, "padding": (top, left)}

    for size, kernel, options in windows:
        shape = (2, 2, *size)
        goldens.add_op("max_pool2d", lambda x: F.max_pool2d(x, kernel, **symmetric(options)), [uniform(*shape)],
                       kernel=kernel, **options)
        for count_include_pad in (True, False):
            goldens.add_op("avg_pool2d", lambda x: F.avg_pool2d(
                x, kernel, count_include_pad=count_include_pad, **symmetric(options)), [uniform(*shape)], kernel=kernel,
                count_include_pad=count_include_pad, **options)
    for dilation in ((2, 2), (1, 3)):
        goldens.add_op("max_pool2d", lambda x: F.max_pool2d(x, (2, 2), (2, 2), (1, 1), dilation), [uniform(2, 2, 7, 8)],
                       kernel=(2, 2), stride=(2, 2), padding=(1, 1, 1, 1), dilation=dilation)
    one_side = (0, 1, 1, 0)
    goldens.add_op("max_pool2d", lambda x: F.max_pool2d(pad(x, one_side, -math.inf), 2), [uniform(2, 2, 5, 5)],
                   kernel=(2, 2), padding=one_side)
    goldens.add_op("avg_pool2d", lambda x: F.avg_pool2d(pad(x, one_side), 2), [uniform(2, 2, 5, 5)], kernel=(2, 2),
                   padding=one_side, count_include_pad=True)
    ties = numbers(*[1, 1, 0, 2, 1, 1, 2, 2, -1, -1, -1, -1, -1, -1, -1, -1]).reshape(1, 1, 4, 4)
    goldens.add_op("max_pool2d", lambda x: F.max_pool2d(x, 2), [ties], kernel=(2, 2))
    for size in ((4, 5), (1, 1), (7, 7)):
        goldens.add_op("global_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, 1), [uniform(2, 3, *size)])


# ---- Resampling.

def resampling(goldens):
    for factor in ((2, 2), (3, 2)):
        goldens.add_op("upsample2d", lambda x: F.interpolate(x, scale_factor=factor), [uniform(2, 2, 2, 3)], factor=factor,
                       mode="nearest")
    for align_corners in (False, True):
        for size, factor in (((2, 3), (2, 2)), ((3, 2), (3, 2)), ((1, 4), (2, 5)), ((5, 1), (1, 4))):
            goldens.add_op("upsample2d", lambda x: F.interpolate(x, scale_factor=factor, mode="bilinear",
                                                                 align_corners=align_corners),
                           [uniform(2, 2, *size)], factor=factor, mode="bilinear", align_corners=align_corners)
    for size, output in (((4, 6), (2, 3)), ((5, 4), (2, 3)), ((4, 5), (1, 1)), ((2, 3), (5, 3)), ((7, 6), (3, 6)), ((3, 1), (2, 4))):
        goldens.add_op("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, output), [uniform(2, 2, *size)],
                       output=output)


# ---- Normalisation.

def normalisation(goldens):
    for shape in ((4, 3, 2, 5), (2, 2, 3, 3), (6, 4)):
        c = shape[1]
        for training in (True, False):
            for momentum, eps in ((0.1, 1e-5), (0.3, 1e-3)):
                mean, var = uniform(c), uniform(c, low=0.5, high=2)
                after = {"running_mean": mean, "running_var": var, "running_mean_after": mean.clone(),
                         "running_var_after": var.clone()}
                goldens.add_op("batch_norm2d", lambda x, w, b: F.batch_norm(
                    x, after["running_mean_after"], after["running_var_after"], w, b, training, momentum, eps),
                    [uniform(*shape, low=-1, high=3), uniform(c), uniform(c)], extra=after, training=training,
                    momentum=momentum, eps=eps)
    for shape in ((4, 3, 2, 2), (5, 2)):
        goldens.add_op("batch_norm2d", lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
                       [uniform(*shape), uniform(shape[1]), uniform(shape[1])])
        goldens.add_op("batch_norm2d", lambda x: F.batch_norm(x, None, None, None, None, True), [uniform(*shape)])
    for shape, dims in (((4, 6), 1), ((2, 3, 5), 1), ((2, 3, 5), 2), ((3, 2, 2, 4), 3), ((7,), 1)):
        normalised = shape[len(shape) - dims:]
        for eps in (1e-5, 1e-2):
            goldens.add_op("layer_norm", lambda x, w, b: F.layer_norm(x, normalised, w, b, eps),
                           [uniform(*shape, low=-1, high=3), uniform(*normalised), uniform(*normalised)], eps=eps)
        goldens.add_op("layer_norm", lambda x, w: F.layer_norm(x, normalised, w), [uniform(*shape), uniform(*normalised)])
    for shape, groups, affine, eps in (((2, 4, 2, 3), 2, 2, 1e-5), ((3, 6), 3, 2, 1e-2), ((2, 6, 2), 3, 0, 1e-5),
                                       ((2, 6, 2, 2), 6, 2, 1e-3), ((1, 8, 3, 3), 4, 1, 1e-5), ((2, 3, 5), 1, 2, 1e-5)):
        goldens.add_op("group_norm", lambda x, *parameters: F.group_norm(x, groups, *parameters, eps=eps),
                       [uniform(*shape, low=-1, high=3)] + [uniform(shape[1]) for _ in range(affine)], groups=groups, eps=eps)
    goldens.add_op("group_norm", lambda x, w: F.group_norm(x, 2, w), [uniform(2, 4, 3, 2), numbers(1.5, 0, -2, 0)], groups=2)
    for shape, affine, eps in (((2, 3, 2, 3), 2, 1e-5), ((1, 2, 4, 2), 0, 1e-2), ((3, 2, 1, 4), 1, 1e-5)):
        goldens.add_op("instance_norm2d", lambda x, *parameters: F.instance_norm(x, None, None, *parameters, eps=eps),
                       [uniform(*shape, low=-1, high=3)] + [uniform(shape[1]) for _ in range(affine)], eps=eps)
    goldens.add_op("dropout", lambda x: F.dropout(x, 0.5, False), [uniform(3, 4)], p=0.5, training=False)
    goldens.add_op("dropout", lambda x: F.dropout(x, 0.0, True), [uniform(3, 4)], p=0.0, training=True)


# ---- Shapes.

def shapes(goldens):
    for shape, sizes in (((2, 6), [3, 4]), ((2, 3, 4), [-1]), ((2, 3, 4), [4, -1, 2]), ((6,), [1, 6, 1]), ((1,), [])):
        goldens.add_op("reshape", lambda x: x.reshape(sizes), [uniform(*shape)], sizes=sizes)
    for shape, start in (((2, 3, 4), 1), ((2, 3, 4, 5), 2), ((2, 3, 4), 0), ((2, 3, 4), -2)):
        goldens.add_op("flatten", lambda x: torch.flatten(x, start), [uniform(*shape)], start_dim=start)
    for shape, dim in (((2, 1, 3), 1), ((1, 2, 1, 3), -2), ((2, 3), 0), ((1,), 0)):
        goldens.add_op("squeeze", lambda x: x.squeeze(dim), [uniform(*shape)], dim=dim)
    for shape in ((1, 2, 1, 3), (1, 1), ()):
        goldens.add_op("squeeze", torch.squeeze, [uniform(*shape)])
    for shape, dim in (((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((2, 3), -3), ((), 0), ((), -1)):
        goldens.add_op("unsqueeze", lambda x: x.unsqueeze(dim), [uniform(*shape)], dim=dim)
    for shape, dims in (((2, 3), (0, 1)), ((2, 3, 4), (-1, 0)), ((2, 3, 4, 5), (1, 2)), ((2, 3), (1, 1))):
        goldens.add_op("transpose", lambda x: x.transpose(*dims), [uniform(*shape)], dims=dims)
    for shape, order in (((2, 3), [1, 0]), ((2, 3, 4), [2, 0, 1]), ((2, 3, 4, 5), [0, 2, 3, 1]), ((2, 3, 4), [-1, 0, 1])):
        goldens.add_op("permute", lambda x: x.permute(order), [uniform(*shape)], order=order)
    for parts, dim in (([(2, 3), (4, 3)], 0), ([(2, 3), (2, 1), (2, 2)], 1), ([(2, 3, 4), (2, 3, 1)], -1), ([(2,)], 0)):
        goldens.add_op("concat", lambda *x: torch.cat(x, dim), [uniform(*shape) for shape in parts], dim=dim)
    for shape, count, dim in (((2, 3), 2, 0), ((2, 3), 3, 1), ((2, 3), 2, -1), ((), 3, 0)):
        goldens.add_op("stack", lambda *x: torch.stack(x, dim), [uniform(*shape) for _ in range(count)], dim=dim)
    for shape, dim, (begin, end, step) in (((7,), 0, (1, 5, 1)), ((7,), 0, (0, 7, 3)), ((3, 6), 1, (1, 6, 2)),
                                           ((3, 6), -1, (-4, -1, 1)), ((4, 2, 3), 0, (2, 4, 1)), ((4, 2, 3), 1, (-1, 2, 1))):
        index = [slice(None)] * len(shape)
        index[dim] = slice(begin, end, step)
        goldens.add_op("slice", lambda x: x[tuple(index)], [uniform(*shape)], dim=dim, range=[begin, end, step])
    for shape, dim, i in (((3, 4), 0, 1), ((3, 4), 1, -1), ((2, 3, 2), -2, 2), ((2, 3, 2), 0, -2), ((4,), 0, 0)):
        goldens.add_op("select", lambda x: x.select(dim, i), [uniform(*shape)], dim=dim, index=i)
    for shape, chunks, dim in (((6,), 3, 0), ((2, 5), 2, 1), ((2, 6), 4, -1), ((3, 2), 7, 0), ((2, 3), 1, 1)):
        goldens.add_op("chunk", lambda x: torch.cat(x.chunk(chunks, dim)[::-1], dim), [uniform(*shape)], chunks=chunks,
                       dim=dim)
    for padding, value in (((1, 1, 1, 1), 0.0), ((0, 2, 1, 0), 0.5), ((0, 0, 0, 0), 1.0), ((3, 1, 0, 2), -2.0)):
        goldens.add_op("pad2d", lambda x: pad(x, padding, value), [uniform(2, 2, 3, 4)], padding=padding, value=value)


# ---- Losses.

def losses(goldens):
    for reduction in ("mean", "sum", "none"):
        for n, c in ((1, 3), (4, 3), (6, 10)):
            logits = uniform(n, c, low=-3, high=3)
            labels = torch.randint(0, c, (n,))
            for smoothing in (0.0, 0.1):
                goldens.add_op("cross_entropy", lambda x: F.cross_entropy(x, labels, reduction=reduction,
                                                                          label_smoothing=smoothing),
                               [logits], labels=labels.tolist(), reduction=reduction, label_smoothing=smoothing)
                target = F.softmax(uniform(n, c), 1).float().double()
                goldens.add_op("cross_entropy", lambda x: F.cross_entropy(x, target, reduction=reduction,
                                                                          label_smoothing=smoothing),
                               [logits], extra={"target": target}, reduction=reduction, label_smoothing=smoothing)
            goldens.add_op("nll_loss", lambda x: F.nll_loss(x, labels, reduction=reduction), [uniform(n, c)],
                           labels=labels.tolist(), reduction=reduction)
        for shape in ((5,), (2, 3, 2), ()):
            for op, function in (("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss)):
                goldens.add_op(op, lambda x, t: function(x, t, reduction=reduction), [uniform(*shape), uniform(*shape)],
                               reduction=reduction)
                target = uniform(*shape)
                goldens.add_op(op, lambda x: function(x, target, reduction=reduction), [uniform(*shape)],
                               extra={"target": target}, reduction=reduction)
            target = uniform(*shape, low=0)
            goldens.add_op("bce_with_logits", lambda x: F.binary_cross_entropy_with_logits(x, target, reduction=reduction),
                           [uniform(*shape, low=-5, high=5)], extra={"target": target}, reduction=reduction)


def composite_losses(goldens):
    for reduction in ("mean", "sum", "none"):
        for shape in ((5,), (2, 3, 2), ()):
            target = uniform(*shape)
            for delta in (1.0, 0.25):
                goldens.add_op("huber_loss", lambda x: F.huber_loss(x, target, reduction=reduction, delta=delta),
                               [uniform(*shape, low=-2, high=2)], extra={"target": target}, reduction=reduction, delta=delta)
        weight = uniform(4, low=0, high=2).float().double()
        for shape, options in (((5, 4), {"weight": weight}), ((5, 4), {"ignore_index": 2}),
                               ((5, 4), {"weight": weight, "ignore_index": -7, "label_smoothing": 0.2}), ((2, 4, 3), {}),
                               ((2, 4, 2, 3), {"weight": weight, "ignore_index": 255})):
            labels = torch.randint(0, 4, (shape[0], *shape[2:]))
            labels[0] = options.get("ignore_index", 0)
            given = {key: value for key, value in options.items() if key != "weight"}
            goldens.add_op("cross_entropy", lambda x: F.cross_entropy(x, labels, reduction=reduction, **options),
                           [uniform(*shape, low=-3, high=3)], extra={k: options[k] for k in options if k == "weight"},
                           labels=labels.flatten().tolist(), reduction=reduction, **given)
        target = F.softmax(uniform(2, 4, 3), 1).float().double()
        goldens.add_op("cross_entropy", lambda x: F.cross_entropy(x, target, reduction=reduction, weight=weight),
                       [uniform(2, 4, 3)], extra={"target": target, "weight": weight}, reduction=reduction)
        for n, c in ((1, 3), (4, 5)):
            target = F.softmax(uniform(n, c), 1).float().double()
            target[0, 0] = 0
            goldens.add_op("kl_div", lambda x: F.kl_div(x, target, reduction=reduction), [uniform(n, c, low=-3, high=0)],
                           extra={"target": target}, reduction=reduction)


def weighted_losses(goldens):
    for reduction in ("mean", "sum", "none"):
        for shape, of in (((5,), (5,)), ((4, 3), (3,)), ((4, 3), (4, 1)), ((2, 3, 2), ()), ((), ())):
            target, pos_weight = (uniform(*size, low=0, high=high).float().double() for size, high in ((shape, 1), (of, 4)))
            if shape == (4, 3):
                target = target.round()  # labels, with numbers between them in the last row
                target[3] = torch.tensor([0.25, 0.5, 1], dtype=torch.float64)
                pos_weight.flatten()[0] = 0
            goldens.add_op("bce_with_logits", lambda x: F.binary_cross_entropy_with_logits(
                x, target, reduction=reduction, pos_weight=pos_weight), [uniform(*shape, low=-5, high=5)],
                extra={"target": target, "pos_weight": pos_weight}, reduction=reduction)


def main():
    torch.set_num_threads(1)
    families = {"ops": (arithmetic, functions_of_one_number, reductions, products, embeddings, normalisation, shapes, losses,
                        composite_losses, weighted_losses),
                "convolutions": (convolutions, one_dimensional_convolutions, transposed_convolutions, pooling, resampling),
                "optim": (optimizers, schedules, clipping, muon),
                "transforms": (resizes, affines, colours)}
    for name, makers in families.items():
        goldens = Goldens(name)
        for make in makers:
            torch.manual_seed(0)  # a new case moves no numbers of other families
            make(goldens)
        goldens.write()
    lenet()
    resnet18()


if __name__ == "__main__":
    main()

"""What the transforms of images do with given parameters: by torch.nn.functional where it has the thing, else by the
formulas that torchvision documents, written here once more. Images are [C,H,W] in [0, 1]."""
import colorsys
import math

import torch
import torch.nn.functional as F

from golden_file import numbers, uniform

GREY = (0.2989, 0.587, 0.114)


def image(*shape):
    return uniform(*shape, low=0.0, high=1.0)


def resizes(goldens):
    sizes = [((3, 8, 8), (4, 4)), ((1, 7, 9), (3, 4)), ((3, 5, 6), (10, 13)), ((1, 5, 5), (5, 2)), ((1, 1, 1), (3, 2)),
             ((2, 1, 6), (4, 1)), ((1, 6, 1), (1, 5)), ((1, 13, 31), (7, 31)), ((3, 33, 20), (2, 3)), ((1, 3, 40), (9, 7))]
    for shape, size in sizes:
        x = image(*shape)
        for mode, antialias in (("nearest", False), ("bilinear", False), ("bilinear", True)):
            options = {} if mode == "nearest" else {"align_corners": False, "antialias": antialias}
            y = F.interpolate(x[None], size, mode=mode, **options)[0]
            goldens.add("resize", {"x": x, "y": y}, size=size, bilinear=mode == "bilinear", antialias=antialias)


def matrix(degrees, translate, scale, shear):
    """Where a pixel of the result comes from, about the centre: the inverse of T R S (torchvision, RandomAffine)."""
    a, (sx, sy) = math.radians(degrees), (math.radians(s) for s in shear)
    turn = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]], dtype=torch.float64)
    lean_y = torch.tensor([[1, 0], [-math.tan(sy), 1]], dtype=torch.float64)
    lean_x = torch.tensor([[1, -math.tan(sx)], [0, 1]], dtype=torch.float64)
    whole = torch.eye(3, dtype=torch.float64)
    whole[:2, :2] = scale * turn @ lean_y @ lean_x
    whole[:2, 2] = torch.tensor(translate, dtype=torch.float64)
    return torch.linalg.inv(whole)[:2]


def affines(goldens):
    cases = [((3, 8, 8), 0, (0, 0), 1, (0, 0)), ((3, 9, 7), 31, (0, 0), 1, (0, 0)), ((1, 6, 11), -77, (2, -1), 1, (0, 0)),
             ((2, 10, 10), 0, (3, 2), 1.3, (0, 0)), ((1, 7, 7), 0, (0, 0), 0.6, (0, 0)), ((1, 8, 5), 0, (0, 0), 1, (20, 0)),
             ((1, 8, 5), 0, (0, 0), 1, (0, -15)), ((3, 12, 9), 133, (-2, 1), 0.8, (11, 7)), ((1, 1, 1), 45, (0, 0), 1, (0, 0)),
             ((1, 1, 5), 10, (1, 0), 1, (5, 0)), ((3, 16, 16), -8, (1, 1), 1.1, (-9, 4))]
    for shape, degrees, translate, scale, shear in cases:
        x = image(*shape)
        h, w = shape[1:]
        m = matrix(degrees, translate, scale, shear)
        # affine_grid counts from -1 to 1: x in halves of the width, y of the height.
        theta = torch.stack([torch.stack([m[0, 0], m[0, 1] * h / w, m[0, 2] * 2 / w]),
                             torch.stack([m[1, 0] * w / h, m[1, 1], m[1, 2] * 2 / h])])
        grid = F.affine_grid(theta[None], [1, *shape], align_corners=False)
        for mode in ("nearest", "bilinear"):
            y = F.grid_sample(x[None], grid, mode=mode, padding_mode="zeros", align_corners=False)[0]
            goldens.add("affine", {"x": x, "y": y, "matrix": m}, degrees=degrees, translate=translate, scale=scale,
                        shear=shear, bilinear=mode == "bilinear")


def grey(x):
    return sum(weight * plane for weight, plane in zip(GREY, x))[None] if len(x) == 3 else x


def blended(x, other, factor):
    return (factor * x + (1 - factor) * other).clamp(0, 1)


def turned(x, hue):
    y = torch.empty_like(x)
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            h, s, v = colorsys.rgb_to_hsv(*x[:, i, j].tolist())
            y[:, i, j] = torch.tensor(colorsys.hsv_to_rgb((h + hue) % 1, s, v), dtype=x.dtype)
    return y


def colours(goldens):
    corners = numbers(*(float(i >> c & 1) for c in range(3) for i in range(8)), ).reshape(3, 2, 4)
    greys = numbers(0, 0.25, 0.5, 1).reshape(1, 2, 2).expand(3, 2, 2).contiguous()
    for x in (image(3, 4, 5), image(1, 3, 4), corners, greys, image(3, 1, 1)):
        one = len(x) == 1
        goldens.add("grey", {"x": x, "y": grey(x)})
        for factor in (0.0, 0.4, 1.0, 1.7):
            goldens.add("brightness", {"x": x, "y": (factor * x).clamp(0, 1)}, factor=factor)
            goldens.add("contrast", {"x": x, "y": blended(x, grey(x).mean(), factor)}, factor=factor)
            goldens.add("saturation", {"x": x, "y": x if one else blended(x, grey(x), factor)}, factor=factor)
        for hue in (0.0, 0.1, -0.3, 0.5):
            goldens.add("hue", {"x": x, "y": x if one else turned(x, hue)}, turn=hue)

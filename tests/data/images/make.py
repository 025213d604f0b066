#!/usr/bin/env python3
"""Writes the images of tests/datasets/test_image_file.cpp and, as expected.safetensors, the samples that Pillow reads.

    /usr/bin/python3 tests/data/images/make.py        # made with Pillow 9.4 of Debian 12, python3-pil

What Pillow cannot write, 16 bits of colour and interlaced rows, is put together here by the PNG specification
(https://www.w3.org/TR/png-3/).
"""
import json
import pathlib
import struct
import zlib

from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT = 7, 5
COORDINATES = [(x, y) for y in range(HEIGHT) for x in range(WIDTH)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def sample(x, y, c, largest=255):
    return (x * 9437 + y * 15101 + c * 21227 + x * y * 1777) % (largest + 1)


def picture(mode, channels):
    pixels = [tuple(sample(x, y, c) for c in range(channels)) for x, y in COORDINATES]
    image = Image.new(mode, (WIDTH, HEIGHT))
    image.putdata([p[0] for p in pixels] if channels == 1 else pixels)
    return image


def smooth(mode, channels):
    """What JPEG can hold."""
    image = Image.new(mode, (16, 9))
    image.putdata([tuple((20 + 13 * x + (7 + c) * y - 30 * c) % 256 for c in range(channels)) if channels > 1
                   else 20 + 12 * x + 5 * y for y in range(9) for x in range(16)])
    return image


def png(name, depth, colour, interlaced, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    (FOLDER / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def hand_made():
    """The expected samples, row by row and pixel by pixel."""
    wide = [[sample(x, y, c, 65535) for x in range(WIDTH) for c in range(3)] for y in range(HEIGHT)]
    png("rgb16.png", 16, 2, False, [struct.pack(f">{len(row)}H", *row) for row in wide])
    nibbles = [[sample(x, y, 0, 15) for x in range(WIDTH)] for y in range(HEIGHT)]
    png("grey4.png", 4, 0, False, [bytes(a << 4 | b for a, b in zip(row[::2], row[1::2] + [0])) for row in nibbles])
    passes = [bytes(sample(x, y, c) for x in range(x0, WIDTH, dx) for c in range(3))
              for x0, y0, dx, dy in ADAM7 if x0 < WIDTH for y in range(y0, HEIGHT, dy)]
    png("interlaced.png", 8, 2, True, passes)
    grey16 = [sample(x, y, 0, 65535) for x, y in COORDINATES]
    Image.frombytes("I;16", (WIDTH, HEIGHT), struct.pack(f"<{len(grey16)}H", *grey16)).save(FOLDER / "grey16.png")
    return {"rgb16.png": [s for row in wide for s in row], "grey16.png": grey16}


def by_pillow():
    picture("L", 1).save(FOLDER / "grey8.png")
    picture("L", 1).point(lambda v: 255 * (v > 127)).convert("1").save(FOLDER / "grey1.png")
    picture("LA", 2).save(FOLDER / "grey_alpha.png")
    picture("RGB", 3).save(FOLDER / "rgb8.png")
    picture("RGBA", 4).save(FOLDER / "rgb_alpha.png")
    palette = picture("L", 1).point(lambda v: v % 5).convert("P")
    palette.putpalette([sample(i, 1, c) for i in range(5) for c in range(3)])
    palette.save(FOLDER / "palette.png", bits=4, transparency=2)
    smooth("L", 1).save(FOLDER / "grey.jpg", quality=90)
    smooth("RGB", 3).save(FOLDER / "rgb.jpg", quality=90, subsampling=0)
    smooth("RGB", 3).save(FOLDER / "progressive.jpg", quality=90, subsampling=0, progressive=True)
    smooth("CMYK", 4).save(FOLDER / "cmyk.jpg", quality=50)
    turned = Image.Exif()
    turned[0x0112] = 6  # to be shown turned by a quarter
    smooth("RGB", 3).save(FOLDER / "turned.jpg", quality=90, subsampling=0, exif=turned)


def samples_of(path):
    image = Image.open(path)
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
    if image.mode == "LA":
        return list(image.getchannel("L").getdata()), 1, image
    pixels = list(image.convert(mode).getdata())
    return (pixels, 1, image) if mode == "L" else ([s for p in pixels for s in p], 3, image)


def main():
    wide = hand_made()
    by_pillow()
    header, data = {}, b""
    for path in sorted(FOLDER.glob("*.*g")):
        if path.name == "cmyk.jpg":
            continue
        if path.name in wide:
            samples, channels, (width, height) = wide[path.name], 3 if "rgb" in path.name else 1, (WIDTH, HEIGHT)
        else:
            samples, channels, image = samples_of(path)
            width, height = image.size
        planes = [samples[c::channels] for c in range(channels)]
        part = b"".join(struct.pack(f"<{len(p)}i", *p) for p in planes)
        header[path.name] = {"dtype": "I32", "shape": [channels, height, width],
                             "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / "expected.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()

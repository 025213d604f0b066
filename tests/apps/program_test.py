"""What the tests of the programs share. The folder with the built programs is the script's first argument."""

import contextlib
import fcntl
import os
import pathlib
import pty
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        own = ("REEL_DATA", "NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG")
        self.environment = {k: v for k, v in os.environ.items() if k not in own} | {"TERM": "xterm"}

    def run_program(self, name, *arguments, **options):
        return subprocess.run([PROGRAMS / name, *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment, timeout=600, **options)

    def on_terminal(self, name, *arguments, columns=80, typed=""):
        """What the program prints to a terminal of that width, where `typed` comes in."""
        own, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        program = subprocess.Popen([PROGRAMS / name, *arguments], stdin=subprocess.PIPE, stdout=its, cwd=self.folder,
                                   env=self.environment)
        os.close(its)
        program.stdin.write(typed.encode())
        program.stdin.close()
        text = b""
        with contextlib.suppress(OSError):  # how Linux says that the program has closed its side
            while part := os.read(own, 1 << 16):
                text += part
        os.close(own)
        self.assertEqual(program.wait(timeout=120), 0)
        return text.decode().replace("\r\n", "\n")

    def assert_fails(self, result, status, *words):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, f"one clear line expected:\n{result.stderr}")
        for word in words:
            self.assertIn(word, result.stderr)


def catches(process, number):
    """Whether a process has taken over the signal of that number."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.split("SigCgt:")[1].split()[0], 16) >> (number - 1) & 1


def wait_until_caught(program, number):
    """Until a program that was started has."""
    while program.poll() is None:
        if catches(program.pid, number):
            return
        time.sleep(0.001)
    raise AssertionError("it has ended")


def write_mnist(folder, images):
    """An MNIST of `images` for each split: noise, and labels in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = random.Random(images)
    for split in ("train", "t10k"):
        pixels = noise.randbytes(images * 784)
        (folder / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 0x803, images, 28, 28) + pixels)
        labels = bytes(i % 10 for i in range(images))
        (folder / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, images) + labels)


def small_files(limit):
    """For a program's preexec_fn: no file of its can grow beyond `limit` bytes, as on a full disk."""
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return set_limit


def write_stripes(folder, count):
    """A CIFAR-10 of `count` records a file: stripes, whose direction tells half of the classes, their colour the others."""
    data = folder / "cifar-10-batches-bin"
    data.mkdir(parents=True)
    for number, name in enumerate([f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]):
        (data / f"{name}.bin").write_bytes(b"".join(stripes(number * count + i) for i in range(count)))
    return data


def stripes(number):
    noise, label = random.Random(number), number % 10
    pattern = [(x if label < 5 else y) // (2 + number % 2) % 2 for y in range(32) for x in range(32)]
    planes = [[noise.randrange(60) + 40 * (label % 5) * (c == 0) + 100 * s for s in pattern] for c in range(3)]
    return bytes([label] + [min(p, 255) for plane in planes for p in plane])

"""What the tests of the programs share. The folder with the built programs is the script's first argument."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {k: v for k, v in os.environ.items() if k != "REEL_DATA"}

    def run_program(self, name, *arguments):
        return subprocess.run([PROGRAMS / name, *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment, timeout=120)

    def assert_fails(self, result, status, *words):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, f"one clear line expected:\n{result.stderr}")
        for word in words:
            self.assertIn(word, result.stderr)

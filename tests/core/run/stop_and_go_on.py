#!/usr/bin/env python3
"""Stops the program of core/run/README.md in the middle, by kill -9 and by Ctrl-C, starts it again, and looks whether
what it leaves is what a run leaves that was never stopped.

    tests/core/run/stop_and_go_on.py build/release/tests/readme_run_1
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(sys.argv[1]).resolve()


def start(folder):
    return subprocess.Popen([PROGRAM], cwd=folder, stdout=subprocess.PIPE, text=True)


def lines_of(folder):
    path = folder / 'metrics.jsonl'
    return path.read_text().splitlines() if path.exists() else []


def stop(folder, lines, number):
    """Sends the signal once the metrics have so many lines. The exit status; 0 where the run was done before."""
    program = start(folder)
    while program.poll() is None and len(lines_of(folder)) < lines:
        time.sleep(0.001)
    program.send_signal(number)
    program.communicate()
    return program.returncode


def left_by(folder):
    """Metrics and checkpoints, once it is at its end."""
    printed, _ = (program := start(folder)).communicate()
    assert program.returncode == 0, program.returncode
    return lines_of(folder), {path.name: path.read_bytes() for path in (folder / 'run').iterdir()}, printed


def main():
    with tempfile.TemporaryDirectory() as name:
        whole, killed, asked = (pathlib.Path(name, run) for run in ('whole', 'killed', 'asked'))
        for folder in (whole, killed, asked):
            folder.mkdir()
        expected = left_by(whole)
        assert [json.loads(line)['step'] for line in expected[0]] == list(range(1, 31)), expected[0]
        assert sorted(expected[1]) == ['step-00000020.safetensors', 'step-00000030.safetensors'], sorted(expected[1])
        assert [line.split()[:2] for line in expected[2].splitlines()] == [['epoch', f'{i}/3'] for i in (1, 2, 3)]
        for lines in (3, 12, 15, 21):
            assert stop(killed, lines, signal.SIGKILL) in (-signal.SIGKILL, 0)
        assert left_by(killed)[:2] == expected[:2]
        for lines in (3, 7, 14):
            assert stop(asked, lines, signal.SIGINT) in (128 + signal.SIGINT, -signal.SIGINT, 0)  # the second: just started
        assert left_by(asked)[0] == expected[0]


if __name__ == '__main__':
    main()

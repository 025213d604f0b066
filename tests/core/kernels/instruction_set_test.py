#!/usr/bin/env python3
"""Whether the kernels that run are the best for this processor, or those that REEL_INSTRUCTION_SET names.

    instruction_set_test.py PROGRAM    of instruction_set.cpp
"""
import os
import pathlib
import subprocess
import sys

LANES = {'x86-64-v2': 4, 'x86-64-v3': 8, 'x86-64-v4': 16}
V3 = {'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'}
V4 = {'avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'}


def levels_here():
    has = set(next(line for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines()
                   if line.startswith('flags')).split())
    return list(LANES)[:1 + (has >= V3) + (has >= V3 | V4)]


def main():
    here = levels_here()
    faults = 0
    for asked in (None, '', *LANES, 'x86-64', 'avx2'):
        environment = {name: value for name, value in os.environ.items() if name != 'REEL_INSTRUCTION_SET'}
        if asked is not None:
            environment['REEL_INSTRUCTION_SET'] = asked
        run = subprocess.run([sys.argv[1]], env=environment, capture_output=True, text=True, check=True)
        level = asked if asked in here else here[-1]
        said = (f"REEL_INSTRUCTION_SET={asked} is none of this processor's: x86-64-v2 to {level}; that is used\n"
                if asked and asked not in here else '')
        if (run.stdout, run.stderr) != (f'{level} {LANES[level]} {LANES[level]}\n', said):
            print(f'REEL_INSTRUCTION_SET={asked}, where there are {", ".join(here)}: {run.stdout}{run.stderr}')
            faults += 1
    sys.exit(faults > 0)


main()

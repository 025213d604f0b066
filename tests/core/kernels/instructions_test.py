#!/usr/bin/env python3
"""Whether the static library keeps the instructions of newer processors where only these come by.

    instructions_test.py LIBRARY OBJDUMP NM
"""
import re
import subprocess
import sys

# Widest register that each object must have, and may; other objects do without any instruction of AVX.
WIDEST = {'kernels.v2.o': 'xmm', 'kernels.v3.o': 'ymm', 'kernels.v4.o': 'zmm'}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def registers(library, objdump):
    """Of each object: the kinds of vector registers, and 'avx' where there is an instruction that begins with a v."""
    found, member = {}, None
    process = subprocess.Popen([objdump, '-d', '--no-show-raw-insn', library], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if header := re.match(r'(?:.*[(/])?(\S+\.o)\)?:\s+file format', line):
            member = found.setdefault(header[1], set())
        elif '%' in line:
            member.update(re.findall(r'%([xyz]mm)\d', line))
            if re.match(r'\s+[0-9a-f]+:\s+(?:\{\w+\} )?v[a-z]', line):
                member.add('avx')
    if process.wait() or not WIDEST.keys() <= found.keys():
        sys.exit(f'{objdump} {library}: {process.returncode}, {sorted(found)}')
    return found


def main():
    library, objdump, nm = sys.argv[1:]
    faults = []
    for member, kinds in registers(library, objdump).items():
        widest, avx = WIDEST.get(member, 'xmm'), member in ('kernels.v3.o', 'kernels.v4.o')
        if (member in WIDEST and max(kinds & set(WIDEST.values())) != widest) or ('avx' in kinds) > avx or (
                kinds & {'ymm', 'zmm'} and not avx):
            faults.append(f'{member} has {", ".join(sorted(kinds))}')
    for line in output(nm, '-A', '--defined-only', '--extern-only', '--format=posix', library).splitlines():
        if (of := re.search(r'kernels(\.v\d)\.o\]?:\s*(\S+)', line)) and not of[2].endswith(of[1]):
            faults.append(f'{line}: a name without {of[1]}')
    print('\n'.join(faults))
    sys.exit(len(faults) > 0)


main()

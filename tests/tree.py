#!/usr/bin/env python3
"""Draws the graph of includes and looks whether it is a house: no arrow points up, none leads back to where it began,
and what a user may include leads to nothing internal.

    tests/tree.py [--dot]        from anywhere; --dot writes the arrows between rooms for graphviz

Ends with 1 and a line for each fault.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A room may include itself and what stands on the floors before its own.
GROUND = {'scalar', 'copied_by_member', 'text_formatter', 'error', 'location', 'shape', 'parallel', 'thread_pool', 'random', 'memory', 'scratch'}
FLOORS = [['core/text', 'ground floor'], ['core/kernels'], ['core', 'core/formula'], ['core/io'], ['core/ops', 'core/run'], ['core/inspect', 'core/export'],
          ['core/inspect/page'], ['core/inspect/terminal'], ['layers', 'optim', 'datasets'], ['optim/parallel'],
          ['apps/common'], ['apps', 'apps/bench', 'apps/cifar10', 'apps/examples', 'apps/playground', 'apps/step']]
# Rooms of one floor do not know each other, but for these: an error's message is made printable, and texts count in
# Index; an op says its formula, which is made of tensors and reads.
KNOW_EACH_OTHER = [{'core/text', 'ground floor'}, {'core', 'core/formula'}]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path):
    folder = str(path.parent).replace('/detail', '')
    return 'ground floor' if folder == 'core' and path.stem in GROUND else folder


def unit_of(path):
    """A header and its source are one, and so is what stands in a header of its own, detail/NAME_*.h, of one class."""
    folder = str(path.parent).replace('/detail', '')
    whole = path.stem.split('_')[0]
    own_half = path.parent.name == 'detail' and (ROOT / folder / f'{whole}.h').exists()
    return f'{folder}/{whole if own_half else path.stem}'


def includes(path):
    text = (ROOT / path).read_text()
    for name in re.findall(r'^#include <reel/([^>]+)>', text, re.M):
        yield pathlib.Path(name)
    for name in re.findall(r'^#include "([^"]+)"', text, re.M):
        beside, in_apps = path.parent / name, pathlib.Path('apps') / name
        yield beside if (ROOT / beside).exists() else in_apps


def ring_in(graph):
    """One ring of units, where there is one: depth first."""
    state = {}

    def visit(unit, way):
        state[unit] = 'open'
        for other in sorted(graph[unit]):
            if state.get(other) == 'open':
                return way[way.index(other):] + [other] if other in way else [unit, other]
            if other not in state and (found := visit(other, way + [other])):
                return found
        state[unit] = 'done'
        return None

    for unit in sorted(graph):
        if unit not in state and (found := visit(unit, [unit])):
            return found
    return None


def main():
    files = [path.relative_to(ROOT) for folder in ('core', 'layers', 'optim', 'datasets', 'apps')
             for path in sorted((ROOT / folder).rglob('*')) if path.suffix in ('.h', '.cpp')]
    faults, graph, rooms = [], collections.defaultdict(set), collections.Counter()
    for path in files:
        for other in includes(path):
            if str(other) == 'reel.h':
                continue
            if not (ROOT / other).exists():
                faults.append(f'{path} includes {other}, which is not there')
                continue
            here, there = room_of(path), room_of(other)
            if FLOOR_OF[there] > FLOOR_OF[here]:
                faults.append(f'{path} ({here}) includes {other} ({there}): an arrow up')
            elif FLOOR_OF[there] == FLOOR_OF[here] and here != there and {here, there} not in KNOW_EACH_OTHER:
                faults.append(f'{path} ({here}) includes {other} ({there}), which it should not know')
            if path.suffix == '.h' and '/detail/' not in str(path) and '/detail/' in str(other) and path.parts[0] != 'apps':
                faults.append(f'{path} is public and includes {other}, which is internal')
            if unit_of(path) != unit_of(other):
                graph[unit_of(path)].add(unit_of(other))
            if here != there:
                rooms[here, there] += 1
    if ring := ring_in(graph):
        faults.append('a ring of includes: ' + ' -> '.join(ring))
    if '--dot' in sys.argv[1:]:
        print('digraph rooms {', *(f'  "{a}" -> "{b}" [label={n}]' for (a, b), n in sorted(rooms.items())), '}', sep='\n')
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""Are option structs built right under the flags that a user's program is compiled with?

g++ 12 with AVX-512 can build constants wrong (core/copied_by_member.h says which). This writes a program that makes
every option struct of the public headers, as it is by default, with each field given and with each pair, and hands it
on in every way that programs do; compiles it unoptimised and as users might; and compares what the two print.

    tests/compiler/option_structs.py build/release/include -- build/release/libreel.a -lfmt

is what the test does; with --all, every processor with AVX-512 at -O2 and -O3, and with vectors of 512 bits: minutes.

The program also asserts that each struct of 32 bytes and more is copied by member. Ends with 0 where all are right,
1 where one is wrong or not known here, 77 (skipped: only compiled) where the compiler is not g++ for x86-64 or this
machine has no AVX-512.
"""
import argparse
import itertools
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
PROCESSORS = ['skylake-avx512', 'cascadelake', 'cooperlake', 'cannonlake', 'icelake-client', 'icelake-server',
              'tigerlake', 'rocketlake', 'sapphirerapids', 'alderlake', 'znver4', 'native']
# What a field is given, by its type, in two rounds.
VALUES = {
    'bool': ['true', 'false'], 'Index': ['1', '3'], 'std::uint64_t': ['1', '3'], 'double': ['0.5', '1e-3'],
    'Size2': ['2', '{1, 0}'], 'Padding2': ['1', '{1, 0}'], 'PoolingStride': ['1', '{3, 0}'],
    'std::optional<Size2>': ['Size2(1)', 'Size2(3, 0)'], 'std::optional<std::uint64_t>': ['1', '3'],
    'std::optional<int>': ['1', '3'],
    'std::size_t': ['1', '3'], 'Window': ['{.stride = 2}', '{.kernel = {3, 0}}'],
    'Kind': ['Reads::Kind::kAll', 'Reads::Kind::kPart'], 'FanMode': ['init::FanMode::kOut', 'init::FanMode::kIn'],
    'Reduction': ['Reduction::kSum', 'Reduction::kNone'],
    'Interpolation': ['Interpolation::kBilinear', 'Interpolation::kNearest'],
    'std::optional<Index>': ['Index(1)', 'Index(3)'], 'Interval': ['2', '{1, 0}'],
    'AdjustLr': ['AdjustLr::kMatchRmsAdamW', 'AdjustLr::kOriginal'],
    'AdamWOptions': ['{.lr = 0.5}', '{.amsgrad = true}'],
    'Goal': ['Goal::kMax', 'Goal::kMin'],
    'PaddingMode': ['PaddingMode::kReflect', 'PaddingMode::kZeros'],
}
# Types of fields that keep their defaults: their own constructors copy them, or a pointer is all there is.
KEPT = {'Tensor', 'Transform', 'std::string', 'std::vector<int>', 'std::vector<Index>', 'Profile*', 'CopiedByMember',
        'WarningSink', 'GradientSink', 'std::vector<PageTry>', 'std::vector<PageQuestion>',
        'std::vector<PageTranslation>', 'std::optional<PageLink>', 'PageOptions', 'std::vector<ProgramCommand>'}
# Option structs that are not tried, and why.
LEFT_OUT = {'Cifar10Options': 'holds a vector alone, which copies itself',
            'ExportCOptions': 'holds a string alone, which copies itself'}
# What is no option struct by its name, but written down as one.
MORE = ['BatchNorm2dState', 'Range', 'GeneratorState', 'Reads', 'Window']
SHOWN = '''
void show(bool x) { std::printf(" %d", int(x)); }
void show(int x) { std::printf(" %d", x); }
void show(Index x) { std::printf(" %lld", static_cast<long long>(x)); }
void show(std::uint64_t x) { std::printf(" %llu", static_cast<unsigned long long>(x)); }
template <class E>
  requires std::is_enum_v<E>
void show(E x) { show(static_cast<Index>(x)); }
void show(double x) { std::printf(" %g", x); }
void show(const Size2& x) { show(x.h), show(x.w); }
void show(const Padding2& x) { show(x.top), show(x.bottom), show(x.left), show(x.right); }
void show(const Interval& x) { show(x.low), show(x.high); }
void show(const Window& x) { show(x.kernel), show(x.stride), show(x.dilation); }
void show(const AdamWOptions& x) {
  show(x.lr), show(x.beta1), show(x.beta2), show(x.eps), show(x.weight_decay), show(x.amsgrad);
}
template <class T>
void show(const std::optional<T>& x) { x ? show(*x) : show(false); }
'''
WAYS = '''
// The ways by which a program hands options on: by value, through a copy and an assignment, behind a constructor's
// other arguments, in a member, an array, a capture and a container.
template <class T>
struct Taker {
  [[gnu::noipa]] Taker(Index, Index, Size2 kernel, T options = {}, Location = {}) { show(kernel), take(options); }
};
template <class T>
struct Holder {
  Index before = 1;
  T options = {};
};
template <class T, class Make>
[[gnu::always_inline]] inline void hand_on(const char* what, Make make) {
  std::printf("%s", what);
  take(make());
  const T constant = make();
  T copy = constant, assigned;
  take(copy);
  assigned = copy;
  take(assigned);
  Taker<T>(1, 1, 1, make());
  Taker<T>(1, 1, {3, 0}, copy);
  const Holder<T> holder{.options = make()};
  const Holder<T> held = holder;
  take(held.options);
  const T several[] = {make(), make()};
  take(several[1]);
  [captured = constant]() __attribute__((noinline)) { take(captured); }();
  const std::vector<T> stored{make(), make()};
  take(stored[1]);
  take(std::optional<T>(constant).value());
  std::printf("\\n");
}
'''


def fields_of(name, body):
    """[(type, field)] of a struct, without the fields that keep their defaults."""
    declared = re.findall(r'^  (?:\[\[\w+\]\] )?([\w:<>*&]+) (\w+)\s*((?:=(?!=)[^;]*)?);', body, re.M)
    fields = [(kind, field) for kind, first, rest in declared for field in [first, *re.findall(r', (\w+) =', rest)]]
    unknown = [f'{name}::{field}, a {kind}' for kind, field in fields if kind not in VALUES and kind not in KEPT]
    if unknown:
        sys.exit(f'{", ".join(unknown)}: say in VALUES what it is given, or in KEPT that it is not')
    return [(kind, field) for kind, field in fields if kind in VALUES]


def option_structs(include):
    """The headers below `include` that hold option structs, and {name: [(type, field)]}."""
    root, headers, structs, named = include / 'reel', [], {}, set()
    for folder in ('core', 'layers', 'optim', 'datasets'):
        for header in sorted((root / folder).rglob('*.h')):
            text = re.sub(r'//.*', '', header.read_text())
            named |= set(re.findall(r'\bstruct (\w+Options)\b', text))
            scope = ''.join(re.findall(r'^namespace reel::inline REEL_PRECISION::(\w+)', text, re.M)[:1])
            pattern = rf'^struct (\w+Options|{"|".join(MORE)})\b[^{{;]*\{{\n(.*?)^\}};'
            for name, body in re.findall(pattern, text, re.M | re.S):
                fields = fields_of(name, body)
                if fields:
                    structs[f'{scope}::{name}' if scope else name] = fields
                    headers.append(header.relative_to(include))
    missing = (named | set(MORE)) - {name.split('::')[-1] for name in structs} - set(LEFT_OUT)
    if missing:
        sys.exit(f'{", ".join(sorted(missing))}: not found as a struct at the scope of a namespace with fields to '
                 f'give; say in LEFT_OUT why it is not tried')
    return list(dict.fromkeys(headers)), structs


def program(headers, structs):
    standard = ['cstdint', 'cstdio', 'optional', 'type_traits', 'vector']
    lines = [f'#include <{header}>' for header in standard + headers] + ['using namespace reel;', SHOWN]
    for name, fields in structs.items():
        lines.append(f'static_assert(sizeof({name}) < 32 || !std::is_trivially_copyable_v<{name}>, '
                     f'"{name} wants a member CopiedByMember");')
        shown = ', '.join(f'show(o.{field})' for _, field in fields)
        lines.append(f'[[gnu::noipa]] void take({name} o) {{ {shown}; std::printf(" |"); }}')
    lines.append(WAYS)
    functions = []
    for name, fields in structs.items():
        given = [()] + [tuple(f'.{field} = {VALUES[kind][round]}' for kind, field in chosen)
                        for count in (1, 2) for chosen in itertools.combinations(fields, count) for round in (0, 1)]
        for initialisers in given:
            text = f'{name}{{{", ".join(initialisers)}}}'
            functions.append(f'[[gnu::noinline]] void case_{len(functions)}() '
                             f'{{ hand_on<{name}>("{text}:", [] {{ return {text}; }}); }}')
    lines += functions + ['int main() {'] + [f'  case_{i}();' for i in range(len(functions))] + ['}']
    return '\n'.join(lines) + '\n'


def printed(compiler, include, link, source, flags):
    """What the program prints, or None where this machine lacks an instruction of it."""
    binary = source.with_name('options' + ''.join(flags))
    subprocess.run([compiler, '-std=c++20', *flags, f'-I{include}', str(source), '-o', str(binary), *link],
                   check=True)
    result = subprocess.run([str(binary)], stdout=subprocess.PIPE, text=True)
    binary.unlink()
    if result.returncode == -signal.SIGILL:
        return None
    result.check_returncode()
    return result.stdout.splitlines()


def known(compiler, flags):
    return subprocess.run([compiler, *flags, '-x', 'c++', '-fsyntax-only', '/dev/null'], capture_output=True).returncode == 0


def is_gcc_for_x86(compiler):
    macros = subprocess.run([compiler, '-dM', '-E', '-x', 'c++', '/dev/null'], capture_output=True, text=True).stdout
    return '__x86_64__' in macros and '__GNUC__' in macros and '__clang__' not in macros


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('include', type=pathlib.Path, help='the folder of which <reel/reel.h> is included')
    parser.add_argument('link', nargs='+', help='libraries: Reel and what it needs')
    parser.add_argument('--compiler', default='g++')
    parser.add_argument('--all', action='store_true')
    arguments = parser.parse_args()
    matrix = [['-O2', '-march=skylake-avx512']]
    if arguments.all:
        matrix = [[level, f'-march={processor}', *more] for level in ('-O2', '-O3') for processor in PROCESSORS
                  for more in ([], ['-mprefer-vector-width=512'])]
    if not is_gcc_for_x86(arguments.compiler):
        print('only compiled: the compiler is not g++ for x86-64')
        matrix = []
    matrix = [flags for flags in matrix if known(arguments.compiler, flags)]
    headers, structs = option_structs(arguments.include)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        source = pathlib.Path(folder, 'options.cpp')
        source.write_text(program(headers, structs))
        outputs = list(pool.map(lambda flags: printed(arguments.compiler, arguments.include, arguments.link, source, flags),
                                [['-O0']] + matrix))
    right, wrong, run = outputs[0], 0, 0
    for flags, found in zip(matrix, outputs[1:]):
        if found is None:
            print(f'{" ".join(flags)}: not run, this machine lacks its instructions')
            continue
        run += 1
        differing = [pair for pair in zip(right, found) if pair[0] != pair[1]]
        wrong += bool(differing) or len(right) != len(found)
        print(f'{" ".join(flags)}: {len(differing)} of {len(right)} are wrong')
        for expected, actual in differing[:5]:
            print(f'  expected {expected}\n  found    {actual}')
    print(f'{len(structs)} option structs')
    return 1 if wrong else 0 if run else SKIPPED


if __name__ == '__main__':
    sys.exit(main())

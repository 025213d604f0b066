"""The code that people copy: in README.md files, and in apps/examples.

    pages.py write ROOT OUT PAGE...             writes the code in these README.md files as sources, prints their names
    pages.py run SOURCE FOLDER PROGRAM [...]    runs a program twice in a folder of its own, holds it against its source
    pages.py names ROOT                         holds the README's table of what there is against the headers

In a README.md, a block of C++ with a `main` is a program; a block of text right behind it is what that prints. A block
that includes something is compiled alone, any other as the body of a function, with what tests/page_names.h declares;
so is each piece of code in the last column of a table whose last heading is "Reel".

What is printed must be what was said, word by word. Numbers with a point, which differ from machine to machine, may be
a fifth larger or smaller, or differ by 2 in their last place; percentages by 6.
"""

import pathlib
import re
import shutil
import subprocess
import sys

FOLDERS = ["core", "layers", "optim", "datasets", "apps", "tests"]
MAX_LINES = 90
LANGUAGES = {"", "cmake", "cpp", "sh", "text"}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^[ \t]*```(.*)$", re.MULTILINE)
NUMBER = re.compile(r"([0-9]+[.]?[0-9]*(?:e-?[0-9]+)?%?)")


def pieces_of_tables(text):
    """(line, code) of each piece of code in a last column headed "Reel"."""
    in_table = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("|"):
            last = line.rstrip().rstrip("|").split(" | ")[-1]
            in_table = in_table or last.strip() == "Reel"
            if in_table:
                yield from ((number, code) for code in re.findall(r"`([^`]+)`", last))
        else:
            in_table = False


def as_comment(text):
    return "".join(f"// {line}\n" for line in text.splitlines())


class Page:
    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.stem = "_".join(["readme", *path.relative_to(root).parent.parts])
        self.text = path.read_text()
        for number, fence in enumerate(FENCE.finditer(self.text)):
            if fence[0] != "```" + fence[1] or fence[1] not in (LANGUAGES if number % 2 == 0 else {""}):
                sys.exit(f"{self.name}: {fence[0]!r} opens or closes no block of {sorted(LANGUAGES)}")

    def sources(self):
        """(what it is, its name, its text) of each source that the page makes."""
        bodies, programs, alone = [], 0, 0
        blocks = list(BLOCK.finditer(self.text))
        for block, following in zip(blocks, blocks[1:] + [None]):
            language, code = block.groups()
            line = self.text.count("\n", 0, block.start()) + 2
            if language != "cpp":
                continue
            place = f'#line {line} "{self.name}"\n'
            if "int main" in code:
                programs += 1
                prints = ""
                if following and following[1] == "text" and not self.text[block.end():following.start()].strip():
                    prints = as_comment(f"{self.name}; prints\n" + following[2])
                yield "program", f"{self.stem}_{programs}", prints + place + code
            elif "#include" in code:
                alone += 1
                yield "snippet", f"{self.stem}_alone_{alone}", place + code
            else:
                bodies.append((line, code))
        bodies += [(line, code + ";") for line, code in pieces_of_tables(self.text)]
        if bodies:
            functions = [f'void piece_{i}() {{\n#line {line} "{self.name}"\n{code}\n}}\n'
                         for i, (line, code) in enumerate(bodies)]
            yield "snippet", f"{self.stem}_pieces", '#include "page_names.h"\n' + "".join(functions)


def write(root, out, pages):
    out.mkdir(parents=True, exist_ok=True)
    for path in pages:
        for kind, name, text in Page(root, path).sources():
            source = out / f"{name}.cpp"
            if not source.exists() or source.read_text() != text:
                source.write_text(text)
            print(f"{kind} {name}")


def promised(source):
    """The lines of the first comment behind "prints", or None."""
    lines = source.read_text().splitlines()
    if len(lines) > MAX_LINES:
        sys.exit(f"{source} has {len(lines)} lines, more than {MAX_LINES}")
    wanted = None
    for line in lines:
        if not line.startswith("//"):
            break
        if wanted is not None:
            wanted.append(line[3:])
        elif "prints" in line:
            wanted = []
    return wanted


def alike(said, printed):
    if said == printed or not NUMBER.fullmatch(said) or not NUMBER.fullmatch(printed):
        return said == printed
    a, b = (float(text.rstrip("%")) for text in (said, printed))
    if said.endswith("%") and printed.endswith("%"):
        return abs(a - b) <= 6
    places = len(said.partition("e")[0].partition(".")[2])
    return "." in said and "." in printed and abs(a - b) <= max(2.01 * 10**-places, 0.2 * max(a, b))


def same(said, printed):
    said, printed = NUMBER.split(said), NUMBER.split(printed)
    return len(said) == len(printed) and all(map(alike, said, printed))


def run(source, folder, command):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted = promised(source)
    if not wanted and source.parent.name == "examples":
        sys.exit(f"{source} does not say in its first comment what it prints")
    for _ in range(2):  # what the first run leaves must not be in the way of the second
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"status {done.returncode}\n{done.stdout}{done.stderr}")
        if wanted is not None:
            text = "\n".join(wanted) + "\n"
            if not same(text, done.stdout):
                sys.exit(f"promised:\n{text}printed:\n{done.stdout}")


DECLARATIONS = {
    "core/ops/ops.h": r"^(?:Var|std::vector<Var>) (\w+)\(",
    "layers/*.h": r"^class (\w+) : public (?:Layer|Module|WeightLayer) ",
    "optim/*.h": r"^class (\w+) : public (?:Optimizer|Schedule) ",
    "datasets/*.h": r"^class (\w+) : public (?:Dataset|LabelledImages|MnistFormat|CifarFormat) ",
    "datasets/transform.h": r"^Transform (\w+)\(",
}
BASES = {"Layer", "WeightLayer", "LabelledImages", "MnistFormat", "CifarFormat"}


def names(root):
    readme = (root / "README.md").read_text()
    section = readme.split("\n## What there is\n")[1].split("\n## ")[0]
    said = {word for code in re.findall(r"`([^`]+)`", section) for word in re.findall(r"\w+", code)}
    declared, known = set(), set()
    for pattern, declaration in DECLARATIONS.items():
        for header in root.glob(pattern):
            declared |= set(re.findall(declaration, header.read_text(), re.MULTILINE))
    for folder in FOLDERS[:4]:
        for header in (root / folder).rglob("*.h"):
            known |= set(re.findall(r"\w+", header.read_text()))
    missing, unknown = sorted(declared - said - BASES), sorted(said - known)
    if missing or unknown:
        sys.exit(f"the table of README.md lacks {missing}; no header has {unknown}")


if __name__ == "__main__":
    command, first, *rest = sys.argv[1:]
    if command == "write":
        write(pathlib.Path(first), pathlib.Path(rest[0]), map(pathlib.Path, rest[1:]))
    elif command == "run":
        run(pathlib.Path(first), pathlib.Path(rest[0]), rest[1:])
    else:
        names(pathlib.Path(first))

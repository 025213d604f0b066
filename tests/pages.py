"""The code that people copy: in the README.md files, and in apps/examples.

    pages.py write ROOT OUT                     writes the code in README.md files as sources, and prints their names
    pages.py run SOURCE FOLDER PROGRAM [...]    runs a program twice in a folder of its own, holds against its source
    pages.py names ROOT                         holds the README's table of what there is against the headers

In a README.md, a block of C++ with a `main` is a program; a block of text right behind it is what that prints. A block
that includes something is compiled alone, any other as the body of a function, with what tests/page_names.h declares; so is each piece of code
in the last column of a table whose last heading is "Reel".
"""

import pathlib
import re
import shutil
import subprocess
import sys

FOLDERS = ["core", "layers", "optim", "datasets", "apps", "tests"]
MAX_LINES = 90
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[0-9]+([.][0-9]+)?(e-?[0-9]+)?")  # machines make other digits


def readmes(root):
    found = [root / "README.md"]
    for folder in FOLDERS:
        found += [p for p in (root / folder).rglob("README.md") if "node_modules" not in p.parts]
    return sorted(found)


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
                if following and following[1] == "text" and not following[2].startswith("("):
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


def write(root, out):
    out.mkdir(parents=True, exist_ok=True)
    for path in readmes(root):
        print(f"page {path}")
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


def run(source, folder, command):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted = promised(source)
    for _ in range(2):  # what the first run leaves must not be in the way of the second
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"status {done.returncode}\n{done.stdout}{done.stderr}")
        if wanted is not None:
            text = "\n".join(wanted) + "\n"
            if NUMBER.sub("#", text) != NUMBER.sub("#", done.stdout):
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
        write(pathlib.Path(first), pathlib.Path(rest[0]))
    elif command == "run":
        run(pathlib.Path(first), pathlib.Path(rest[0]), rest[1:])
    else:
        names(pathlib.Path(first))

"""The words of the terminal and the page, and their tables in other languages, core/text/LANGUAGE/*.txt.

  python3 words.py SOURCES

Each sentence is a literal in the sources: Reel.text("..."), say("..."), the notes and places of formulas, what page.html
says. Each has its row in a table, with the same placeholders, and each row is of a sentence that is said.
"""
import collections
import itertools
import pathlib
import re
import sys

CALLS = {  # what says a pattern, and which of its arguments
    ".js": {"Reel.text": [0], "Reel.pieces": [0], "Reel.counted": [1, 2]},
    ".cpp": {"say": [0], "say_counted": [1, 2], "in_own_words": [0], "sentence": [0]},
}
CALLS[".h"] = CALLS[".cpp"]
LITERAL = r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'"
# A formula's words, which its op gives as data.
DATA = re.compile(r'(?:\bnote = |_note = |\.places = )([^;]*);')


def arguments(text, start):
    """The arguments of a call whose parenthesis opens before `start`, each as its source."""
    found, depth, begin, at = [], 0, start, start
    while True:
        literal = re.compile(LITERAL).match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}" and depth > 0:
            depth -= 1
        elif text[at] in ",)" and depth == 0:
            found.append(text[begin:at])
            begin = at + 1
            if text[at] == ")":
                return found
        at += 1


def literals(source, joint):
    """The texts of literals; those with nothing or a + between them are one."""
    parts = re.findall(f"(?:{LITERAL})(?:{joint}(?:{LITERAL}))*", source)
    inner = lambda part: "".join(one[1:-1] for one in re.findall(LITERAL, part))
    return [re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), inner(part)) for part in parts]


def as_in_tables(pattern):
    """"  {} of {:g}\\n" of the C++ sources is "{0} of {1}"."""
    numbers = itertools.count()
    place = lambda m: "{" + (m[1] or str(next(numbers))) + "}"
    return re.sub(r"\{(\d?)(?::[^}]*)?\}", place, pattern.strip(" \n"))


def said(file):
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".html":
        return re.findall(r"data-text>([^<]*)<", text) + re.findall(r'aria-label="([^"]*)" data-label', text)
    text = re.sub(r"^ *(?://|/\*\*| \* ).*$" if file.suffix == ".js" else r"^ *//.*$", "", text, flags=re.M)
    joint = r"\s*\+\s*" if file.suffix == ".js" else r"\s*"
    found = []
    for name, places in CALLS[file.suffix].items():
        for call in re.finditer(rf"(?<![\w.:]){re.escape(name)}\(", text):
            given = arguments(text, call.end())
            found += [one for i in places if i < len(given) for one in literals(given[i], joint)]
    if file.suffix == ".cpp":
        found += [one for data in DATA.findall(text) for one in literals(data, joint)]
    found = [as_in_tables(one) for one in found]
    return [one for one in found if re.search(r"[A-Za-z]{2}", re.sub(r"\{\d\}", "", one))]


def rows(file):
    """The pairs of a table: a line of English and one below it; what is wrong with the file is an Error."""
    lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    if len(lines) % 2:
        raise SystemExit(f"{file}: {len(lines)} lines, each of English wants one of the other language below it")
    return list(zip(lines[::2], lines[1::2]))


def places(text):
    return sorted(set(re.findall(r"\{\d\}", text)))


def main(root):
    spoken = collections.defaultdict(list)
    for folder, kinds in [("core", ("*.cpp", "*.h")), ("core/inspect/page", ("*.js", "*.html")), ("apps/step", ("*.cpp",)),
                          ("apps/playground", ("*.cpp", "*.js", "*.html"))]:
        for kind in kinds:
            for file in sorted((root / folder).rglob(kind)):
                for one in said(file):
                    spoken[one].append(file.relative_to(root))
    wrong = []
    for language in sorted({file.parent for file in (root / "core/text").glob("*/*.txt")}):
        known = collections.Counter()
        for file in sorted(language.glob("*.txt")):
            for english, own in rows(file):
                known[english] += 1
                if english not in spoken:
                    wrong.append(f"{file}: nothing says \"{english}\"")
                if places(own) != places(english):
                    wrong.append(f"{file}: \"{own}\" has not the placeholders of \"{english}\"")
        wrong += [f"{language}: \"{one}\" has {count} rows" for one, count in known.items() if count > 1]
        wrong += [f"{files[0]}: \"{one}\" is not in {language}" for one, files in spoken.items() if one not in known]
    print("\n".join(wrong) if wrong else f"{len(spoken)} sentences have their words")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

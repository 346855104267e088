"""Rules are cited by the numbers of docs/requirements.md, in one spelling, and each has a test that keeps it."""

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from invoicing.presenters.profile_words import KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/requirements.md"
ROOMS = ("accounts", "ledger", "invoicing", "finance_console", "tests", "benchmarks", "manage.py")
MASTER = "master invariant"
NUMBER = r"(?:SC-\d{2,3}|[ABCDIKR]\d\d)"
CITED = re.compile(rf"(?<![\w\"`-]){NUMBER}(?![\w-])")
RANGE = re.compile(rf"({NUMBER}) to ({NUMBER})")
MISSPELLED = re.compile(
    r"(?<![\w\"`-])(?:(?!A4\b)[ABCDIKR]\d|SC-\d|SC[ _]?\d+|sc[-_ ]?\d+)(?!\w)"
    rf"|{NUMBER}(?: ?[-–…] ?|\.\.)[A-Z]*-?\d+"
)
"""A4 is a size of paper. What stands in quotes or backticks is a value of a story, not a citation."""
NAMED = re.compile(r"^test_(?P<number>sc_\d{2,3}|[abcdikr]\d\d)_")
MISNAMED = re.compile(r"^test_(?:sc\d|sc_\d_|[abcdikr]\d_)")
COMMENTS = {".html": r"\{#.*?#\}", ".css": r"/\*.*?\*/", ".js": r"/\*.*?\*/|//[^\n]*", ".md": r".*"}


def python_texts(source: str) -> Iterator[str]:
    """The comments and docstrings of a module; a string that stands alone is a docstring too."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def python_files() -> list[Path]:
    roots = [ROOT / name for name in ROOMS]
    return sorted(
        path
        for root in roots
        for path in (root.rglob("*.py") if root.is_dir() else [root])
        if path != Path(__file__).resolve()
    )


@functools.cache
def texts() -> dict[str, list[str]]:
    """What may cite, by file: comments and docstrings, and documents whole."""
    found = {
        str(path.relative_to(ROOT)): list(python_texts(path.read_text())) for path in python_files()
    }
    pages = [*ROOT.glob("*.md")]
    for room in ("docs", "templates", "static"):
        pages += [path for path in (ROOT / room).rglob("*") if path.suffix in COMMENTS]
    for path in sorted({*pages} - {PAGE}):
        pattern = re.compile(COMMENTS[path.suffix], re.DOTALL)
        found[str(path.relative_to(ROOT))] = pattern.findall(path.read_text())
    return found


@functools.cache
def names(path: Path) -> list[str]:
    """The names of the tests of a module."""
    tree = ast.walk(ast.parse(path.read_text()))
    return [node.name for node in tree if isinstance(node, ast.FunctionDef)]


def cited(text: str) -> set[str]:
    """The numbers that a text cites, those inside a range too. Line breaks count as spaces."""
    text = " ".join(text.split())
    numbers = set(CITED.findall(text))
    for first, last in RANGE.findall(text):
        series = first.rstrip("0123456789")
        low, high = (int(number.removeprefix(series)) for number in (first, last))
        numbers |= {f"{series}{number:02}" for number in range(low, high + 1)} & rules()
    return numbers | ({MASTER} if MASTER in text.lower() else set())


@functools.cache
def rules() -> set[str]:
    return set(defined())


def defined() -> list[str]:
    """The numbers that the page defines, and the master invariant."""
    page = PAGE.read_text().split("\n## Not kept by a test yet")[0]
    return [MASTER, *re.findall(rf"^\| ({NUMBER}) \|", page, re.MULTILINE)]


def listed(heading: str) -> list[str]:
    """The numbers in one of the two lists at the end of the page."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"^\| ({NUMBER}) \|", section, re.MULTILINE)


def kept() -> set[str]:
    """The numbers that a test cites: by its name, in a docstring or in a comment."""
    found = {
        number
        for path, lines in texts().items()
        if path.startswith("tests/")
        for line in lines
        for number in cited(line)
    }
    for path in python_files():
        if ROOT / "tests" in path.parents:
            matches = filter(None, map(NAMED.match, names(path)))
            found |= {match["number"].upper().replace("_", "-") for match in matches}
    return found


def test_a_number_is_defined_once():
    numbers = defined()
    assert len(numbers) == len(set(numbers))


def test_every_citation_is_in_the_page_of_requirements():
    known = rules()
    unknown = {
        (path, number)
        for path, lines in texts().items()
        for line in lines
        for number in cited(line) - known
    }
    assert unknown == set()
    assert kept() - known == set()


def test_every_citation_has_the_one_spelling():
    wrong = {
        (path, match)
        for path, lines in texts().items()
        for line in lines
        for match in MISSPELLED.findall(line)
    }
    wrong |= {
        (str(path.relative_to(ROOT)), name)
        for path in python_files()
        for name in names(path)
        if MISNAMED.match(name)
    }
    assert wrong == set()


def test_every_rule_is_cited_by_a_test_or_is_listed():
    not_yet, nothing = listed("Not kept by a test yet"), listed("Nothing to keep")
    assert rules() - kept() == {*not_yet, *nothing}
    assert len({*not_yet, *nothing}) == len(not_yet) + len(nothing)


def test_what_operators_read_as_the_source_of_a_key_is_in_the_page():
    sources = {number for key in KEYS.values() for number in key.source.split(", ")}
    assert sources - rules() == set()


def test_what_is_no_citation_is_told_from_what_is_one():
    assert cited('Paid, see B07 and SC-07; not "R10", `A12`, B008 or pB07.') == {"B07", "SC-07"}
    assert cited("C01 to\n    C03, the Master invariant") == {"C01", "C02", "C03", MASTER}
    assert MISSPELLED.findall("C1, SC76, sc_76, SC 7 and B43-B45, B43–45; an A4 page") == [
        *("C1", "SC76", "sc_76", "SC 7", "B43-B45", "B43–45")
    ]
    names = ("test_sc76_x", "test_d9_x", "test_sc_76_x", "test_d09_x")
    assert list(filter(MISNAMED.match, names)) == ["test_sc76_x", "test_d9_x"]

"""The page about stories names every word of the language with all of its fields, and README's example plays anywhere."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from finance_console.simulation.runner import language

QUESTIONS, VERBS = language.QUESTIONS, language.VERBS
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "simulation.md").read_text()


def rows() -> dict[str, str]:
    """The row of each verb."""
    found = {}
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            _edge, words, fields, _end = line.split("|")
            found |= dict.fromkeys(re.findall("`([a-z_]+)`", words), fields)
    return found


def test_every_verb_has_a_row_and_no_row_is_of_no_verb():
    assert sorted(rows()) == sorted(VERBS)


@pytest.mark.parametrize("word", sorted(VERBS))
def test_the_row_of_a_verb_names_its_fields(word):
    named = set(re.findall("[a-z_]+", rows()[word]))
    assert [name for name in VERBS[word].fields if name not in named] == []


def test_every_question_is_named():
    asking = PAGE.partition("## Asking")[2]
    assert [word for word in QUESTIONS if f"`{word}`" not in asking] == []


@pytest.mark.slow
def test_the_example_of_the_readme_plays_where_nothing_was_configured():
    """As after bin/setup alone: no environment, and nothing under var/ yet."""
    with tempfile.TemporaryDirectory(prefix="fc-") as var:  # short, for the sockets below it
        Path(var).chmod(0o755)  # PostgreSQL may run as another user than this
        played = _play_in(var)
    assert (played.returncode, played.stderr) == (0, "")
    invoice = json.loads(played.stdout.splitlines()[-1])
    assert (invoice["net"], invoice["tax"], invoice["gross"]) == ("56.60", "3.40", "60.00")


def _play_in(var):
    example = re.findall(
        r"^ +(\{\"(?:do|ask)\".*\})$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "simulate", "-"],
        input="\n".join(example),
        env={**bare, "VAR_DIR": var},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

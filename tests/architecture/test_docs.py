"""The documents say what the code says."""

import re
from pathlib import Path

from django.apps import apps
from django_fsm import FSMField

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_page_of_states_lists_every_transition():
    rows = re.findall(
        r"^\| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", (ROOT / "docs/states.md").read_text(), re.M
    )
    drawn = set(rows) - {("thing", "from", "transition", "to")}
    real = {
        (model.__name__, t.source, t.name, t.target)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FSMField)
        for t in field.get_all_transitions(model)
    }
    assert drawn == {tuple(map(str, row)) for row in real}


def test_paths_named_in_the_documents_exist():
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(
            r"`((?:accounts|ledger|invoicing|finance_console|docs|bin|tests)/[\w./-]*)`",
            page.read_text(),
        )
    }
    assert {(page, path) for page, path in named if not (ROOT / path).exists()} == set()


def test_links_in_the_documents_lead_somewhere():
    broken = {
        (page.name, link)
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        if not (page.parent / link).exists()
    }
    assert broken == set()


def test_every_room_stands_on_the_map():
    page = (ROOT / "docs/map.md").read_text()
    sections = dict(re.findall(r"^\| `(\w+)/` \| \|\n(.*?)(?=\n\n|\Z)", page, re.M | re.S))
    rooms = {
        folder.relative_to(ROOT).as_posix()
        for app in ("accounts", "ledger", "invoicing", "finance_console")
        for folder in (ROOT / app).rglob("*")
        if (folder / "__init__.py").exists()
        and not {"migrations", "commands", "verbs", "questions", "en", "zh_Hans", "services"}
        & {folder.name}
    }
    missing = {
        room
        for room in rooms
        if f"`{room.partition('/')[2]}/`" not in sections[room.partition("/")[0]]
    }
    assert missing == set()


def test_the_map_names_only_rooms_and_files_that_exist():
    page = (ROOT / "docs/map.md").read_text()
    for app, section in re.findall(r"^\| `(\w+)/` \| \|\n(.*?)(?=\n\n|\Z)", page, re.M | re.S):
        named = re.findall(r"`([a-z_/0-9]+(?:/|\.py))`", section)
        rows = {name for name in named if "/" in name}
        assert rows, app
        assert {name for name in rows if not (ROOT / app / name).exists()} == set()

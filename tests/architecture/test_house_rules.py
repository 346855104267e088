"""The rules of the house that a linter cannot say."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.utils.functional import Promise
from django_fsm import FSMField

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "ledger", "invoicing", "finance_console")
SOURCES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
FORBIDDEN = {
    "model signals": r"\bpost_save\b|\bpre_save\b|\bpost_delete\b|\bm2m_changed\b",
    "the unsafe admin mixin": r"FSMAdminMixin",
    "any state as source": r"source=[\"']\*",
    "floats near money": r"\bfloat\((?!point)",
    "long countdowns": r"countdown=|eta=",
    "status set around the machine": r"\.update\([^)]*\bstatus=",
}


ALLOWED = {"floats near money": {"invoicing/documents/ofd/recorder.py"}}
"""Where glyphs go is geometry."""


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_source_uses(rule):  # R27
    found = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(FORBIDDEN[rule], path.read_text())
    }
    assert found == ALLOWED.get(rule, set())


def test_only_posting_writes_entries():
    writers = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(
            r"ledger_post\(|\b(Entry|Transfer)\.objects\.(create|bulk_create)", path.read_text()
        )
    ]
    assert writers == ["ledger/services/posting.py"]


AMOUNTS = "refunded|reserved|invoiced|offset_given|offset_received"
ADDS = (
    rf"\.({AMOUNTS}) *[-+]?= ",
    rf"\.(update|update_or_create|bulk_update|save)\([^()]*\b({AMOUNTS})\b",
    rf"setattr\([^)]*\b({AMOUNTS})\b",
    rf"\bSET\b[^;]*?\b({AMOUNTS}) *= ",
    r"UPDATE invoicing_invoiceableitem",
)


@pytest.mark.parametrize(
    "line",
    [
        "item.reserved += amount",
        "item.offset_given -= part",
        'InvoiceableItem.objects.bulk_update(rows, ["waiting_reason", "invoiced"])',
        'item.save(update_fields=["refunded", "other_funds"])',
        'items.filter(pk=1).update(invoiced=F("invoiced") + 1)',
        'setattr(row, "reserved", 1)',
        "UPDATE {table} AS item SET net = 1, reserved = item.reserved + moved.amount",
    ],
)
def test_the_ways_around_the_one_writer_are_known(line):
    assert any(re.search(way, line) for way in ADDS)


def test_only_one_function_adds_to_the_amounts_of_an_item():
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.is_relative_to(ROOT / "invoicing")
        and any(re.search(way, path.read_text()) for way in ADDS)
    }
    written = (ROOT / "invoicing/services/items/amounts.py").read_text()
    assert writers == set()
    assert written.count("UPDATE {table}") == written.count("def move_amounts") == 1
    moving = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if "InvoiceableItem._meta.db_table" in path.read_text()
    }
    assert moving == {"invoicing/services/items/amounts.py"}


def test_applications_are_written_in_one_place():
    written = r"\b(InvoiceApplication|Invoice|InvoiceLine|Claim)(\.objects\.\w*create)?\(\s"
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.is_relative_to(ROOT / "invoicing/services") and re.search(written, path.read_text())
    }
    assert writers == set()
    copied = [
        path.relative_to(ROOT).as_posix() for path in SOURCES if "copy_rows(" in path.read_text()
    ]
    assert copied == [
        "invoicing/models/tables.py",
        "invoicing/services/asking/writing.py",
        "invoicing/services/auto/running.py",
    ]


def test_the_time_is_passed_in():
    clocks = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"datetime\.now\(|timezone\.now\(|date\.today\(", path.read_text())
    ]
    assert clocks == ["finance_console/kernel/clock.py"]


FOR_PROGRAMS = {  # plain decimals: digests, references, and what other programs read
    "finance_console/management/commands/audit.py",  # seconds
    "finance_console/simulation/story.py",
    "ledger/admin/orders/preview.py",
    "ledger/channels/sandbox.py",
    "ledger/services/control/changing.py",
    "ledger/services/control/comparing.py",
    "ledger/services/control/reconciling.py",
    "ledger/services/payouts/rules.py",
    "ledger/services/posting.py",
}


def test_amounts_are_written_one_way():
    """`kernel.writing` writes amounts for people; documents have the form that the law gives them."""
    rooms = ("accounts", "finance_console", "invoicing", "ledger")
    apart = ("invoicing/documents", "finance_console/demo")
    written = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.relative_to(ROOT).as_posix().startswith(rooms)
        and not path.relative_to(ROOT).as_posix().startswith(apart)
        and re.search(r":[+,]*\.2f\}", path.read_text())
    }
    assert written == {"finance_console/kernel/writing.py", *FOR_PROGRAMS}
    templates = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in (ROOT / "templates").rglob("*.html")
        if "documents" not in path.parts
        for found in re.findall(
            r"(?<!value=.)\{\{ [\w.]+\.amount(?:\.amount)? \}\}", path.read_text()
        )
        if found != "{{ claim.amount }}" or "admin" not in path.parts
    ]
    assert [row for row in templates if not row.endswith("queue.html: {{ row.amount }}")] == []


def test_files_stay_readable():
    long = {
        path.relative_to(ROOT).as_posix(): n
        for path in SOURCES
        if (n := len(path.read_text().splitlines())) > 300
    }
    assert long == {}


@pytest.mark.django_db
def test_the_database_knows_the_same_edges_as_the_state_machines():
    for model in apps.get_models():
        fields = [f for f in model._meta.get_fields() if isinstance(f, FSMField)]
        for field in fields:
            wanted = {f"{t.source}>{t.target}" for t in field.get_all_transitions(model)}
            initial, edges = _guard(model._meta.db_table)
            starts = {*getattr(model, "STARTS", ()), field.default}
            assert (initial, edges) == (starts, wanted), model


def _guard(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgargs FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'status_machine'",
            [table],
        )
        first, edges, *_ = bytes(cursor.fetchone()[0]).decode().split("\x00")
    return set(first.split(",")), set(edges.split(","))


@pytest.mark.parametrize("app", ["accounts", "ledger", "invoicing"])
def test_every_column_has_words_on_its_field(app):
    silent = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not isinstance(field.verbose_name, Promise)
        and field.verbose_name != "SHA-256"  # the same in every language
    }
    assert silent == set()


CONSOLE_TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if "admin" not in path.parts and path.name not in {"base.html", "login.html", "page.html"}
]
"""Pages of the console; the frame around them has forms of the person only: language, theme, signing out."""


@pytest.mark.parametrize("path", CONSOLE_TEMPLATES, ids=lambda path: path.name)
def test_every_form_says_for_which_account_it_was_made(path):
    forms = re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL)
    assert all("{% csrf_token %}" in form and "{% form_keys %}" in form for form in forms)


def test_the_frame_around_the_console_has_forms_of_the_person_only():
    for name in ("base.html", "console/page.html"):
        forms = re.findall(
            r'<form[^>]*method="post"[^>]*>', (ROOT / "templates" / name).read_text()
        )
        assert forms
        assert all("{% url 'person:" in form for form in forms), name


def test_no_address_of_the_console_is_made_without_its_customer():
    found = [
        path.name
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\{% url [\"'](accounts|ledger|invoicing):", path.read_text())
    ]
    assert found == []

"""The command from end to end: a throwaway database, real documents, exit statuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import CustomerAccount
from invoicing.models import Invoice

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = """\
{"do":"entity","ref":"I1"}
{"do":"tax_key","ref":"S6","entity":"I1","rate":"0.06"}
{"do":"account","ref":"acme","profile":"alibaba","name":"Acme Ltd","at":"2026-03-01T09:00:00+08:00"}
{"do":"recharge","account":"acme","amount":"100.00"}
{"do":"order","ref":"O1","account":"acme","tax_key":"S6","amount":"60.00"}
{"ask":"balance","account":"acme"}
{"ask":"invoiceable","account":"acme"}
{"do":"apply","ref":"A1","account":"acme","method":"order","orders":["O1"]}
{"do":"advance","to":"2026-03-01T12:00:00+08:00"}
{"ask":"invoice","invoice":"A1/1"}
"""


def command(*arguments):
    return [sys.executable, str(ROOT / "manage.py"), "simulate", *arguments]


def environment(tmp_path):
    """The servers of the tests, the database of this test's worker, and nobody's files."""
    database = connection.settings_dict["NAME"]
    server = os.environ["DATABASE_URL"]
    head, separator, query = server.partition("?")
    url = head.rpartition("/")[0] + f"/{database}" + separator + query
    return {**os.environ, "DATABASE_URL": url, "FILES_ROOT": str(tmp_path / "kept")}


def databases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
            [f"{connection.settings_dict['NAME']}_stor"],
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def simulate(transactional_db, tmp_path):
    """Run the command on a story from standard input."""

    def run(story, *arguments):
        return subprocess.run(
            command("-", *arguments),
            input=story,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    for name in databases():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.slow
def test_the_example_prints_what_it_says_and_leaves_nothing_behind(simulate, tmp_path):
    first = simulate(EXAMPLE)
    assert (first.returncode, first.stderr) == (0, "")
    answers = [json.loads(line) for line in first.stdout.splitlines()]
    assert [answer["line"] for answer in answers] == list(range(1, 11))
    assert all(answer["ok"] for answer in answers)
    assert answers[5]["cash"] == "40.00"
    assert answers[6]["open"] == "60.00"
    assert answers[7]["invoices"] == ["A1/1"]
    assert "render_documents" in [job for job, _moment in answers[8]["ran"]]
    invoice = answers[9]
    assert (invoice["status"], invoice["net"], invoice["tax"], invoice["gross"]) == (
        "issued",
        "56.60",
        "3.40",
        "60.00",
    )
    (template,) = databases()  # only the cached template stays, and the next run uses it
    assert not (tmp_path / "kept").exists()

    bad = simulate(EXAMPLE + '{"do":"recharge","account":"nobody","amount":"1"}\n')
    assert (bad.returncode, len(bad.stdout.splitlines())) == (2, 10)
    assert bad.stderr == 'line 11: account: there is no account "nobody"\n'
    assert databases() == {template}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_customeraccount")
        assert cursor.fetchone() == (0,)


@pytest.mark.slow
def test_keep_plays_into_the_configured_database(simulate, tmp_path):
    for _again in range(2):  # the numbers of two stories do not collide
        kept = simulate(EXAMPLE, "--keep")
        assert (kept.returncode, kept.stderr) == (0, "")
    assert databases() == set()
    codes = CustomerAccount.objects.values_list("code", flat=True)
    assert [code[0] for code in codes] == ["S", "S"]
    filed = {("issued", name) for name in ("pdf", "ofd", "xml")}
    assert set(Invoice.objects.values_list("status", "files__format")) == filed
    assert len(list((tmp_path / "kept").rglob("*.pdf"))) == 2


@pytest.mark.slow
def _as_a_background_job() -> None:
    """A shell starts those with SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_a_story_that_is_stopped_drops_its_database_and_a_killed_one_is_swept_up(
    simulate, tmp_path
):
    assert simulate("").returncode == 0
    pipe = tmp_path / "story"
    story = EXAMPLE.splitlines(keepends=True)[:3]
    for year in range(2026, 2090):
        story.append(f'{{"do":"advance","to":"{year}-12-31T00:00"}}\n')
        story.append(
            f'{{"do":"usage","account":"acme","tax_key":"S6","amount":"1","at":"{year}-12-31T01:00"}}\n'
        )
    pipe.write_text("".join(story))
    template = databases()
    for sent, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)):
        with subprocess.Popen(
            command(str(pipe)),
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_as_a_background_job,
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith('{"line": 1')
            running.send_signal(sent)
            assert running.wait(30) == status
        if sent != signal.SIGKILL:
            assert databases() == template
    assert len(databases()) == 2
    deadline = time.monotonic() + 20
    while len(databases()) == 2 and time.monotonic() < deadline:  # once its session has ended
        assert simulate("").returncode == 0
    assert databases() == template

"""Stories about metered usage: files that a metering system delivers."""

import gzip
import io

import pytest

from finance_console.simulation.runner import play
from tests.simulation.telling import OK, ask, do, lines, told
from tests.simulation.test_language import OPENING

pytestmark = pytest.mark.django_db

HEADER = (
    "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,"
    "InvoiceIssuerName,ServiceName"
)
LINE = "1.2345,CNY,2026-03-01 00:00:00,Usage,2026-03-01 02:00:00,Kestrel,Queue"
QUEUE = do("product", ref="Q", tax_key="S6", mode="postpaid", issuer="Kestrel", service="Queue")
FILE = [HEADER, LINE, LINE]


def test_a_usage_file_counts_once_and_is_billed_with_its_month():
    came = do("usage_file", account="acme", lines=FILE)
    answers = told(
        QUEUE,
        came,
        came,
        do("advance", to="2026-04-03T12:00:00+08:00"),
        do("close_month", month="2026-03", account="acme"),
        ask("balance", account="acme"),
    )
    assert answers[1] == OK | {"lines": 2, "total": "2.469", "new": True}
    assert answers[2] == OK | {"lines": 2, "total": "2.469", "new": False}
    assert answers[4] == OK | {"bills": 1}
    assert answers[5]["cash"] == "97.53"


def test_a_usage_file_with_a_bad_line_is_refused_whole():
    answers = told(
        QUEUE,
        do("usage_file", account="acme", lines=[*FILE, LINE.replace("1.2345", "much")]),
        do("usage_file", account="acme", lines=[HEADER, LINE.replace("Queue", "Mail")]),
        do("usage_file", account="acme", lines=FILE),
    )
    assert [answer.get("refused") for answer in answers] == [None, *["file_rejected"] * 2, None]
    assert answers[3]["new"]


def test_usage_files_lie_beside_the_story_plain_or_packed(tmp_path):
    text = "\n".join(FILE).encode()
    (tmp_path / "plain.csv").write_bytes(text)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text))
    story = OPENING + lines(
        QUEUE,
        do("usage_file", account="acme", file="packed.csv.gz"),
        do("usage_file", account="acme", file="plain.csv"),
    )
    answers = []
    play(io.StringIO(story), answers.append, directory=tmp_path)
    assert [answer.get("new") for answer in answers[-2:]] == [True, False]
    assert answers[-1]["total"] == "2.469"

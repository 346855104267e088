"""An application's status is the status of its invoices (A27, A30, A46, B18, D25)."""

import pytest

from invoicing.models import StatusChange
from tests.scenarios.stage import Stage


@pytest.fixture(autouse=True)
def _db(db):
    """Every story plays in the test's database."""


def three(stage: Stage, medium: str) -> None:
    """One application of three invoices, under three tax keys, issued on 3 January."""
    for ref, key in (("O1", "S6"), ("O2", "H13"), ("O3", "M9")):
        stage.paid_order(ref, "100.00", "2026-01-02 10:00", tax_key=key)
    stage.apply("A1", "2026-01-03 09:00", method="order", orders=["O1", "O2", "O3"], medium=medium)
    stage.issue("A1", "2026-01-03 09:00")


def standing(stage: Stage) -> tuple[str, str, str]:
    said = stage.ask("application", application="A1")
    return said["status"], said["label"], said["progress"]


def walked(stage: Stage) -> list[tuple[str, str]]:
    rows = StatusChange.objects.filter(application=stage.application("A1")).order_by("pk")
    return list(rows.values_list("before", "after"))


def credit(stage: Stage, invoice: str) -> None:
    ref = f"C{invoice[-1]}"
    stage.do("request_credit", ref=ref, invoice=invoice, reason="issue_error")
    stage.do("decide_credit", credit=ref, approve=True)


def send_back(stage: Stage, invoice: str) -> None:
    ref = f"C{invoice[-1]}"
    stage.do("request_credit", ref=ref, invoice=invoice, reason="issue_error")
    stage.do("receive_return", credit=ref, forms=["invoice"])
    stage.do("decide_credit", credit=ref, approve=True)


@pytest.mark.parametrize(
    ("profile", "issued", "credited"),
    [("standard", "Issued", "Credited"), ("alibaba", "Invoiced", "Credited")],
)
def test_d25_an_application_is_credited_when_the_last_of_its_invoices_is(profile, issued, credited):
    stage = Stage(profile)
    three(stage, "electronic")
    assert standing(stage) == ("issued", issued, "3 of 3 issued")
    credit(stage, "A1/1")
    assert standing(stage) == ("issued", issued, "1 of 3 credited")
    credit(stage, "A1/2")
    assert standing(stage) == ("issued", issued, "2 of 3 credited")
    credit(stage, "A1/3")
    assert standing(stage) == ("credited", credited, "3 of 3 credited")
    assert walked(stage)[-1] == ("issued", "credited")
    stage.clean()


def test_d25_an_application_is_shipped_when_the_last_of_its_invoices_is_then_credited():
    stage = Stage("standard")
    three(stage, "paper")
    stage.do("ship", invoice="A1/1", tracking="SF10001")
    stage.do("ship", invoice="A1/3", tracking="SF10003")
    assert standing(stage) == ("issued", "Issued", "2 of 3 shipped")
    stage.do("ship", invoice="A1/2", tracking="SF10002")
    assert standing(stage) == ("shipped", "Shipped", "3 of 3 shipped")
    stage.do("receive", invoice="A1/2")
    assert standing(stage)[0] == "shipped"
    for number in (1, 2, 3):
        send_back(stage, f"A1/{number}")
    assert standing(stage) == ("credited", "Credited", "3 of 3 credited")
    assert walked(stage)[-2:] == [("issued", "shipped"), ("shipped", "credited")]
    stage.clean()


def test_d25_what_was_credited_need_not_be_shipped():
    stage = Stage("standard")
    three(stage, "paper")
    stage.do("ship", invoice="A1/1", tracking="SF10001")
    stage.do("ship", invoice="A1/2", tracking="SF10002")
    send_back(stage, "A1/3")
    assert standing(stage) == ("shipped", "Shipped", "1 of 3 credited")
    stage.clean()


def test_a30_an_application_reads_crediting_while_all_that_stands_is_being_credited():
    stage = Stage("alibaba")
    three(stage, "electronic")
    credit(stage, "A1/1")
    for number in (2, 3):
        stage.do("request_credit", ref=f"C{number}", invoice=f"A1/{number}", reason="issue_error")
    assert standing(stage) == ("issued", "Crediting", "1 of 3 credited")
    stage.do("decide_credit", credit="C2", approve=False, reason="no")
    assert standing(stage) == ("issued", "Invoiced", "1 of 3 credited")


def test_a_refusal_speaks_in_the_words_of_the_billing_centre():  # A27
    stage = Stage("alibaba")
    three(stage, "electronic")
    said = stage.refused("cancel", application="A1")
    assert (said["refused"], said["message"]) == (
        "wrong_state",
        "It is Invoiced, so this is no longer possible.",
    )

"""K07, K15, K25, D23: one invoice a month counts what still stands, and no money is lost by it."""

import pytest

from tests.scenarios.stage import next_month


@pytest.fixture
def story(stage):
    return stage("kingsoft")


def month(story, ref, *months, confirm):
    story.apply(ref, method="month", months=list(months), confirm_amount=confirm)
    story.issue(ref)


def returned(story, invoice, ref="CR1", **fields):
    story.do("request_credit", ref=ref, invoice=invoice, **{"reason": "issue_error"} | fields)
    story.do("receive_return", credit=ref, forms=["invoice"])
    story.do("decide_credit", credit=ref, approve=True)


def not_again(story, *months):
    refusal = story.refused(
        "apply", ref="X", account="acme", method="month", months=list(months), confirm_amount="1.00"
    )
    assert refusal["refused"] == "month_already_invoiced"
    return refusal["message"]


def test_k25_of_a_month_with_two_rates_the_returned_invoice_can_be_asked_for_again(story):
    story.paid_order("O1", "100.00", "2026-01-10 09:00")
    story.paid_order("O2", "113.00", "2026-01-11 09:00", tax_key="H13")
    story.do("advance", to="2026-02-05 09:00")
    month(story, "A1", "2026-01", confirm="213.00")
    assert len(story.faces("A1")) == 2
    returned(story, "A1/2")
    assert story.open() == "113.00"
    (action,) = story.ask("actions", account="acme")["actions"]
    assert action["allowed"]
    month(story, "A2", "2026-01", confirm="113.00")
    assert story.faces("A2") == [("100.00", "13.00", "113.00")]
    assert story.open() == "0.00"
    not_again(story, "2026-01")


def test_k15_what_is_delivered_after_its_month_was_invoiced_goes_with_the_next_statement(story):
    story.paid_order("O1", "100.00", "2026-01-10 09:00")
    story.recharge("70.00")
    story.order("O2", "70.00", "2026-01-20 09:00", delivered=False)
    story.do("advance", to="2026-02-05 09:00")
    month(story, "A1", "2026-01", confirm="100.00")
    story.do("deliver", "2026-02-10 09:00", order="O2")
    assert story.open() == "0.00"
    (row,) = story.ask("invoiceable", account="acme")["waiting"]
    assert (row["reason"], row["amount"]) == ("next_statement", "70.00")
    assert row["available_at"].startswith("2026-03-04T00:00")
    message = not_again(story, "2026-01")
    assert message.endswith("The 70.00 that is open goes with 2026-02.")
    story.paid_order("O3", "30.00", "2026-02-11 09:00")
    assert story.open("2026-03-03 23:59:59") == "0.00"
    assert story.open("2026-03-04 00:00:00") == "100.00"
    month(story, "A2", "2026-02", confirm="100.00")
    assert story.faces("A2") == [("94.34", "5.66", "100.00")]
    not_again(story, "2026-02")
    assert story.ask("invoiceable", account="acme")["waiting"] == []


def test_k15_alone_it_is_a_statement_of_its_own_and_takes_that_month(story):
    story.paid_order("O1", "100.00", "2026-01-10 09:00")
    story.recharge("70.00")
    story.order("O2", "70.00", "2026-01-20 09:00", delivered=False)
    story.do("advance", to="2026-02-05 09:00")
    month(story, "A1", "2026-01", confirm="100.00")
    story.do("deliver", "2026-02-10 09:00", order="O2")
    story.do("advance", to="2026-03-10 09:00")
    month(story, "A2", "2026-02", confirm="70.00")
    assert story.application("A2").invoices.get().months == ["2026-02"]
    not_again(story, "2026-01")
    not_again(story, "2026-02")
    returned(story, "A2/1")
    month(story, "A3", "2026-02", confirm="70.00")  # the month is free again


def test_k15_a_part_that_comes_back_goes_with_the_first_month_that_is_free(story):
    for n, period in enumerate(("2026-01", "2026-02"), start=1):
        story.paid_order(f"O{n}", "100.00", f"{period}-10 09:00")
        story.do("advance", to=f"{next_month(period)}-05 09:00")
        month(story, f"A{n}", period, confirm="100.00")
    returned(story, "A1/1", reason="sales_discount", amount="40.00")
    assert story.waiting() == [("next_statement", "40.00")]
    assert story.open("2026-04-04 00:00") == "40.00"
    month(story, "A3", "2026-03", confirm="40.00")
    assert story.open() == "0.00"


def test_k07_a_company_whose_refunds_are_not_covered_does_not_keep_the_others_from_their_statement(
    story,
):
    story.paid_order("O1", "100.00", "2026-01-10 09:00")
    story.do("advance", to="2026-02-05 09:00")
    month(story, "A1", "2026-01", confirm="100.00")
    story.do("refund", order="O1", amount="60.00")
    story.paid_order("O2", "50.00", "2026-02-10 09:00")
    story.paid_order("O3", "109.00", "2026-02-10 09:00", tax_key="M9")
    story.do("advance", to="2026-03-05 09:00")
    month(story, "A2", "2026-02", confirm="109.00")
    assert story.faces("A2") == [("100.00", "9.00", "109.00")]
    assert (story.open(), story.deficit()) == ("0.00", "10.00")

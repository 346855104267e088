"""What a credit or a refund does to deficits, offsets and waiting applications."""

import pytest

from tests.scenarios.invoiced import credit, issued
from tests.scenarios.stage import ALL


@pytest.mark.parametrize("profile", ALL)
def test_sc_60_a_credit_clears_the_deficit(stage, profile):  # B39
    story = issued(stage, profile, "1200.00")
    story.do("refund", order="O1", amount="200.00")
    assert story.deficit() == "200.00"
    assert (
        story.refused("withdraw", account="acme", amount="200.00")["refused"] == "withdrawal_held"
    )
    paper = story.ask("invoice", invoice="A1/1")["number"] and profile == "kingsoft"
    story.do("request_credit", ref="CR1", invoice="A1/1", reason="sales_return")
    if paper:
        story.do("receive_return", credit="CR1", forms=["invoice"])
    story.do("decide_credit", credit="CR1", approve=True)
    assert (story.deficit(), story.open()) == ("0.00", "1000.00")
    story.do("withdraw", account="acme", amount="200.00")


def test_c24_a_credit_releases_its_offsets_until_nothing_is_needless(stage):
    story = issued(stage, "alibaba", "1000.00")
    story.do("refund", order="O1", amount="300.00")
    story.paid_order("O2", "500.00")
    story.do("offset", account="acme")  # O2 gives 300 to O1
    story.apply("A2", method="order", orders=["O2"])
    story.issue("A2")
    story.do("refund", order="O2", amount="200.00")  # a deficit of its own
    story.paid_order("O3", "400.00")
    story.do("offset", account="acme")  # O3 gives 200 to O2
    assert [story.item(o)["open"] for o in ("O1", "O2", "O3")] == ["0.00", "0.00", "200.00"]
    credit(story)
    items = {of: story.item(of) for of in ("O1", "O2", "O3")}
    assert (items["O1"]["offset_received"], items["O1"]["open"]) == ("0.00", "700.00")
    assert (items["O2"]["offset_given"], items["O2"]["offset_received"]) == ("0.00", "0.00")
    assert (items["O2"]["open"], items["O3"]["open"]) == ("100.00", "400.00")
    assert story.deficit() == "0.00"


def test_a_withdrawn_application_gives_its_offsets_back(stage):
    story = issued(stage, "standard", "1200.00")
    story.do("refund", order="O1", amount="200.00")
    story.paid_order("O2", "500.00")
    story.apply("A2", method="order", orders=["O2"])
    assert (story.open(), story.deficit()) == ("0.00", "0.00")
    story.do("cancel", application="A2")
    assert (story.open(), story.deficit()) == ("500.00", "200.00")


def test_d03_a_refund_cancels_an_unclaimed_application(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.paid_order("O2", "300.00")
    story.apply("A1", method="order", orders=["O1", "O2"])
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "0.00"}
    assert story.ask("application", application="A1")["status"] == "withdrawn"
    assert (story.open(), story.deficit()) == ("900.00", "0.00")
    story.do("advance", to="2026-03-01T11:00")
    topics = {row["topic"] for row in story.ask("messages", account="acme")["messages"]}
    assert "application_cancelled" in topics


def test_d03_a_claimed_application_goes_on_and_the_deficit_opens(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("claim", application="A1")
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "400.00"}
    story.issue("A1")
    assert (story.open(), story.deficit()) == ("0.00", "400.00")
    assert story.ask("invoice", invoice="A1/1")["gross"] == "1000.00"


def test_d24_the_deficit_of_a_claimed_application_shows_at_once_and_ends_with_it(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("claim", application="A1")
    story.do("refund", order="O1", amount="400.00")
    assert (story.open(), story.deficit()) == ("0.00", "400.00")
    story.do("cancel", application="A1")
    assert (story.open(), story.deficit()) == ("600.00", "0.00")


def test_d02_a_refund_eats_the_uninvoiced_part_first(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="amount", amount="600.00")
    story.issue("A1")
    assert story.do("refund", order="O1", amount="400.00") == {"deficit": "0.00"}
    assert (story.open(), story.deficit()) == ("0.00", "0.00")

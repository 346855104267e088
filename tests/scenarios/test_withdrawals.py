"""What may leave the account while something invoiced was refunded."""

import pytest

from tests.scenarios.stage import ALL


def refunded(stage, profile, recharge):
    """A recharge, an order of 1,000.00 invoiced in full, 300.00 of it refunded."""
    story = stage(profile)
    story.recharge(recharge, "2026-03-01 10:00")
    story.order("O1", "1000.00")
    story.invoice_everything("A1", "2026-03")
    assert story.do("refund", order="O1", amount="300.00") == {"deficit": "300.00"}
    return story


def money(story):
    found = story.ask("balance", account="acme")
    return found["cash"], found["held"], found["withdrawable"]


@pytest.mark.parametrize(
    ("profile", "held", "free"),
    [
        ("baidu", "1300.00", "0.00"),
        ("alibaba", "300.00", "1000.00"),
        ("kingsoft", "300.00", "1000.00"),
        ("standard", "300.00", "1000.00"),
    ],
)
def test_sc_61_withdrawal_with_a_deficit_and_enough_balance(stage, profile, held, free):
    # B38, D11, I07
    story = refunded(stage, profile, "2000.00")
    assert money(story) == ("1300.00", held, free)
    more = f"{float(free) + 1:.2f}"
    refusal = story.refused("withdraw", account="acme", amount=more)
    assert refusal["refused"] == "withdrawal_held"
    assert "Have that invoice credited" in refusal["message"]
    assert "offsets the refund" in refusal["message"]
    if free != "0.00":
        assert story.do("withdraw", account="acme", amount=free)["balance"] == "300.00"
        assert money(story) == ("300.00", "300.00", "0.00")


@pytest.mark.parametrize("profile", ALL)
def test_sc_62_withdrawal_of_refund_money_only(stage, profile):
    story = refunded(stage, profile, "1000.00")
    assert money(story) == ("300.00", "300.00", "0.00")
    refusal = story.refused("withdraw", account="acme", amount="1.00")
    assert refusal["refused"] == "withdrawal_held"


@pytest.mark.parametrize("profile", ["baidu", "standard"])
def test_b40_new_consumption_frees_the_money(stage, profile):
    story = refunded(stage, profile, "2000.00")
    story.order("O2", "200.00")
    story.do("offset", account="acme")
    part = (
        ("1100.00", "1100.00", "0.00") if profile == "baidu" else ("1100.00", "100.00", "1000.00")
    )
    assert money(story) == part
    story.order("O3", "100.00")
    story.do("offset", account="acme")
    assert money(story) == ("1000.00", "0.00", "1000.00")
    assert story.do("withdraw", account="acme", amount="1000.00")["balance"] == "0.00"


@pytest.mark.parametrize("profile", ALL)
def test_without_a_deficit_everything_can_leave_and_other_funds_never(stage, profile):
    story = stage(profile)
    story.recharge("100.00", "2026-03-01 10:00")
    story.do("grant", account="acme", fund="gift", amount="50.00")
    assert money(story) == ("100.00", "0.00", "100.00")
    refusal = story.refused("withdraw", account="acme", amount="100.01")
    assert refusal["refused"] == "insufficient_balance"
    assert story.do("withdraw", account="acme", amount="100.00")["balance"] == "0.00"
    topics = [row["topic"] for row in story.ask("messages", account="acme")["messages"]]
    assert topics.count("withdrawal_requested") == topics.count("withdrawal_paid") == 3


def test_a_refund_while_the_application_is_in_flight_holds_until_it_is_taken_back(stage):
    story = stage("standard")
    story.paid_order("O1", "1000.00", "2026-03-01 10:00")
    story.apply("A1", method="order", orders=["O1"])
    story.do("claim", application="A1")
    story.do("refund", order="O1", amount="300.00")
    assert money(story) == ("300.00", "300.00", "0.00")
    story.do("reject", application="A1", reason="The order was refunded")
    assert money(story) == ("300.00", "0.00", "300.00")

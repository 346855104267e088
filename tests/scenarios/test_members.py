"""A management account invoices the consumption of its members."""

import pytest

from accounts.models import CustomerAccount
from tests.builders import close
from tests.scenarios.stage import BY_ORDER

BOTH = ["M1", "M2"]


def group(stage, profile="alibaba"):
    """M1 consumed 106.00 S6; M2 212.00 S6 and 113.00 H13; "acme" manages both."""
    story = stage(profile)
    for member, amount in (("M1", "106.00"), ("M2", "325.00")):
        story.do("account", ref=member, profile=profile, name=f"{member} Ltd", parent="acme")
        story.do("recharge", "2026-03-01 10:00", account=member, amount=amount)
    story.order("O1", "106.00", account="M1")
    story.order("O2", "212.00", account="M2")
    story.order("O3", "113.00", account="M2", tax_key="H13")
    return story


def account(story, ref):
    return story.story.find("account", ref)


def asked(story, ref="A1", **fields):
    wish = {"method": "order", "orders": ["O1", "O2", "O3"], "members": BOTH} | fields
    return story.apply(ref, **wish)


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_107_members_separately(stage, profile):
    story = group(stage, profile)
    asked(story, separate=True)
    assert story.faces("A1") == [
        ("100.00", "6.00", "106.00"),
        ("200.00", "12.00", "212.00"),
        ("100.00", "13.00", "113.00"),
    ]
    found = story.application("A1")
    members = [invoice.member.name for invoice in found.invoices.order_by("position")]
    assert members == ["M1 Ltd", "M2 Ltd", "M2 Ltd"]
    assert (found.buyer["name"], found.by_member) == ("Acme Ltd", True)


@pytest.mark.parametrize("profile", BY_ORDER)
def test_sc_107_members_consolidated(stage, profile):
    story = group(stage, profile)
    asked(story)
    assert story.faces("A1") == [("300.00", "18.00", "318.00"), ("100.00", "13.00", "113.00")]
    assert not story.application("A1").invoices.exclude(member=None).exists()


@pytest.mark.parametrize(("separate", "documents"), [(True, 3), (False, 2)])
def test_sc_107_by_month_where_only_months_are_invoiced(stage, separate, documents):
    story = group(stage, "kingsoft")
    story.do("advance", to="2026-04-04 00:00")
    wish = {"method": "month", "months": ["2026-03"], "members": BOTH, "separate": separate}
    story.apply("A1", **wish, confirm_amount="431.00")
    assert len(story.faces("A1")) == documents
    again = story.refused("apply", ref="A2", account="acme", **wish, confirm_amount="431.00")
    assert again["refused"] == "month_already_invoiced"


def test_the_own_consumption_and_two_months_stand_apart_when_asked_separately(stage):
    story = group(stage)
    story.paid_order("O4", "53.00", "2026-04-01 10:00")
    wish = {"method": "month", "months": ["2026-03", "2026-04"], "members": ["M1", "acme"]}
    seen = story.ask("preview", account="acme", **wish, separate=True)
    assert [(row["member"], row["gross"]) for row in seen["invoices"]] == [
        ("acme", "53.00"),
        ("M1", "106.00"),
    ]
    assert len(story.ask("preview", account="acme", **wish)["invoices"]) == 1


def test_by_amount_takes_the_oldest_of_all_members(stage):
    story = group(stage)
    story.apply("A1", method="amount", amount="200.00", members=BOTH)
    assert (story.item_of("M1", "O1")["open"], story.item_of("M2", "O2")["reserved"]) == (
        "0.00",
        "94.00",
    )


def test_the_life_of_a_members_invoice_moves_the_members_items(stage):
    story = group(stage)
    asked(story)
    assert story.item_of("M1", "O1")["reserved"] == "106.00"
    story.issue("A1")
    assert story.item_of("M1", "O1")["invoiced"] == "106.00"
    assert story.ask("invoiceable", account="M1")["open"] == "0.00"
    story.do("refund", order="O1", amount="6.00")
    assert story.ask("invoiceable", account="M1")["deficit"] == "6.00"
    assert story.ask("invoiceable", account="acme")["deficit"] == "0.00"
    assert story.ask("balance", account="M1")["withdrawable"] == "0.00"
    story.do("request_credit", ref="C1", invoice="A1/1", reason="issue_error")
    story.do("decide_credit", credit="C1", approve=True)
    assert story.ask("invoiceable", account="M1")["open"] == "100.00"
    assert story.ask("invoiceable", account="M1")["deficit"] == "0.00"
    assert story.ask("balance", account="M1")["withdrawable"] == "6.00"


def test_a_withdrawn_application_gives_back_to_the_members(stage):
    story = group(stage)
    asked(story)
    story.do("cancel", application="A1")
    assert story.item_of("M2", "O3")["open"] == "113.00"


def test_a_deficit_is_offset_by_the_same_member_only(stage):
    story = group(stage, "standard")
    asked(story, orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="50.00")
    rest = {"orders": ["O2"], "members": BOTH}
    assert asked(story, "A2", **rest)["total"] == "212.00"
    assert story.ask("invoiceable", account="M1")["deficit"] == "50.00"
    story.do("recharge", account="M1", amount="80.00")
    story.order("O4", "80.00", account="M1")
    assert asked(story, "A3", orders=["O4"])["total"] == "30.00"
    assert story.ask("invoiceable", account="M1")["deficit"] == "0.00"
    assert story.ask("balance", account="M1")["held"] == "0.00"


def test_an_uncovered_deficit_of_a_selected_member_stops_it(stage):
    story = group(stage, "standard")
    asked(story, orders=["O1"])
    story.issue("A1")
    story.do("refund", order="O1", amount="50.00")
    story.do("recharge", account="M1", amount="20.00")
    story.order("O4", "20.00", account="M1")
    refusal = story.refused(
        "apply", ref="A2", account="acme", method="order", orders=["O2", "O4"], members=BOTH
    )
    assert (refusal["refused"], refusal["short"]) == ("deficit_not_covered", "30.00")


def test_a_member_that_does_not_allow_it_is_named(stage):
    story = group(stage)
    CustomerAccount.objects.filter(pk=account(story, "M2").pk).update(parent_may_invoice=False)
    wish = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"], "members": BOTH}
    refusal = story.refused("apply", **wish)
    assert refusal["refused"] == "member_not_permitted"
    assert "M2 Ltd" in refusal["message"]


def test_a_closed_member_and_a_stranger_are_refused(stage):
    story = group(stage)
    story.do("account", ref="other", profile="alibaba", name="Other Ltd")
    wish = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", **wish, members=["M1", "other"])["refused"] == "not_found"
    assert story.refused("apply", **wish | {"account": "other"}, members=["M1"])["refused"] == (
        "not_found"
    )
    close(account(story, "M2"))
    assert story.refused("apply", **wish, members=BOTH)["refused"] == "member_closed"


def test_the_order_of_a_member_is_not_found_without_naming_the_member(stage):
    story = group(stage)
    wish = {"ref": "A1", "account": "acme", "method": "order", "orders": ["O1"]}
    assert story.refused("apply", **wish)["refused"] == "not_found"
    assert story.refused("apply", **wish, members=["M2"])["refused"] == "not_found"


def test_a_refund_of_a_member_makes_the_unclaimed_application_give_way(stage):
    story = group(stage)
    asked(story)
    story.do("refund", order="O1", amount="6.00")
    assert story.ask("application", application="A1")["status"] == "withdrawn"
    assert story.item_of("M2", "O2")["open"] == "212.00"
    told = story.ask("messages", account="acme")["messages"]
    assert "application_cancelled" in {message["topic"] for message in told}

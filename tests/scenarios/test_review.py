"""Status, cancellation, review, service levels."""

import pytest

from tests.scenarios.stage import local


def asked(stage, profile):
    """An application `A1` for 500.00 that was just submitted."""
    story = stage(profile)
    story.paid_order("O1", "500.00", "2026-03-01 10:00")
    story.apply("A1", "2026-03-02 10:00", method="order", orders=["O1"])
    return story


def test_sc_67_an_electronic_invoice_with_a_matching_title(stage):  # B42
    story = asked(stage, "baidu")
    pending = story.ask("application", application="A1")
    assert (pending["status"], pending["label"]) == ("pending_approval", "Pending Approval")
    assert pending["due_at"] == local("2026-03-02 10:10")
    approved = story.ask("application", "2026-03-02 10:05:30", application="A1")
    assert (approved["status"], approved["progress"]) == ("approved", "0 of 1 issued")
    assert approved["due_at"] == local("2026-03-02 10:10")
    issued = story.ask("application", "2026-03-02 10:10", application="A1")
    assert (issued["status"], issued["label"]) == ("issued", "Issued")
    assert (issued["progress"], issued["due_at"]) == ("1 of 1 issued", None)


def test_sc_68_the_working_day_clock(stage):
    story = stage("baidu")
    story.do("profile", name="by hand", base="baidu", set={"review_mode": "manual"})
    story.do("account", ref="other", profile="by hand", name="Other Ltd")
    story.do("recharge", "2026-04-10 15:00", account="other", amount="60.00")
    story.order("O1", "60.00", account="other")
    story.do("apply", ref="A1", account="other", method="order", orders=["O1"])
    assert story.ask("application", application="A1")["due_at"] == local("2026-04-15 15:00")


@pytest.mark.parametrize(
    ("profile", "label"), [("baidu", "Withdrawn"), ("alibaba", "Voided"), ("standard", "Withdrawn")]
)
def test_sc_70_cancel_while_pending(stage, profile, label):  # A29, B16, C11
    story = asked(stage, profile)
    assert (story.open(), story.item("O1")["reserved"]) == ("0.00", "500.00")
    assert story.do("cancel", application="A1") == {"status": "withdrawn"}
    assert (story.open(), story.item("O1")["reserved"]) == ("500.00", "0.00")
    assert story.ask("application", application="A1")["label"] == label
    assert story.ask("invoice", invoice="A1/1")["status"] == "dropped"


def test_sc_71_cancel_is_refused_once_claimed_approved_or_issued(stage):  # B17, C10, D15
    story = asked(stage, "baidu")
    story.do("claim", application="A1", reviewer="wang")
    assert story.refused("cancel", application="A1")["refused"] == "claimed_by_reviewer"
    story.do("approve", application="A1", reviewer="wang")
    assert story.refused("cancel", application="A1")["refused"] == "wrong_state"
    story.do("issue", application="A1")
    assert story.refused("cancel", application="A1")["refused"] == "wrong_state"
    offered = {row["action"]: row for row in story.ask("actions", application="A1")["actions"]}
    assert (offered["cancel"]["allowed"], offered["cancel"]["reason"]) == (False, "wrong_state")


def test_sc_71_cancel_while_invoicing_but_not_when_invoiced(stage):  # A28, C10
    story = asked(stage, "alibaba")
    story.do("approve", application="A1")
    assert story.ask("application", application="A1")["label"] == "Invoicing"
    assert story.do("cancel", application="A1") == {"status": "withdrawn"}
    story.apply("A2", method="order", orders=["O1"])
    story.issue("A2")
    assert story.ask("application", application="A2")["label"] == "Invoiced"
    assert story.refused("cancel", application="A2")["refused"] == "wrong_state"


def test_kingsoft_never_cancels_before_issue(stage):
    story = stage("kingsoft")
    story.paid_order("O1", "150.00", "2026-03-01 10:00")
    story.apply(
        "A1", "2026-04-04 00:00", method="month", months=["2026-03"], confirm_amount="150.00"
    )
    assert story.refused("cancel", application="A1")["refused"] == "wrong_state"


@pytest.mark.parametrize("profile", ["baidu", "alibaba", "standard"])
def test_sc_73_a_rejection_gives_the_reason_and_the_amounts_back(stage, profile):
    story = asked(stage, profile)
    assert story.refused("reject", application="A1", reason=" ")["refused"] == "reason_required"
    rejected = story.do("reject", application="A1", reason="Irrelevant remark")
    assert rejected == {"status": "rejected"}
    assert story.open() == "500.00"
    assert story.application("A1").reason == "Irrelevant remark"
    told = story.ask("messages", account="acme")["messages"]
    assert [(row["topic"], row["channel"]) for row in told] == [
        ("application_rejected", "email"),
        ("application_rejected", "sms"),
        ("application_rejected", "inbox"),
    ]
    assert story.apply("A2", method="order", orders=["O1"])["total"] == "500.00"


def test_sc_74_the_invoice_date_is_the_date_of_issue(stage):
    story = stage("baidu", kind="individual", name="Li Ming")  # reviewed by hand: another title
    story.do("title", ref="T1", account="acme", type="enterprise", name="Example Trading Co.")
    story.paid_order("O1", "500.00", "2026-03-15 10:00")
    story.apply("A1", "2026-03-30 10:00", method="month", months=["2026-03"], title="T1")
    assert story.ask("invoice", invoice="A1/1")["date"] is None
    story.do("approve", "2026-04-02 09:00", application="A1")
    story.do("issue", application="A1")
    found = story.ask("invoice", invoice="A1/1")
    assert (found["status"], found["date"]) == ("issued", "2026-04-02")
    assert story.application("A1").remarks == "2026-03"


def test_what_the_channel_refuses_is_tried_again(stage):
    story = stage("alibaba")
    story.paid_order("O1", "100.00", "2026-03-01 10:00")
    story.paid_order("O2", "100.00", tax_key="H13")
    story.apply("A1", method="order", orders=["O1", "O2"])
    assert story.refused("issue", application="A1", refuse=[2])["refused"] == "wrong_state"
    story.do("approve", application="A1")
    tried = story.do("issue", application="A1", refuse=[2])
    assert (tried["status"], len(tried["numbers"])) == ("approved", 1)
    assert story.ask("application", application="A1")["progress"] == "1 of 2 issued"
    assert story.ask("invoice", invoice="A1/2")["status"] == "failed"
    assert story.ask("application", "2026-03-01 11:00", application="A1")["status"] == "issued"
    assert len(story.ask("messages", account="acme")["messages"]) == 3

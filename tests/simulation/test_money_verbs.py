"""Stories about money: what comes in, funds, credit, corrections, what leaves; and how they refuse."""

import pytest

from tests.simulation.telling import BALANCE, OK, ask, do, told

pytestmark = pytest.mark.django_db


def test_a_recharge_is_taken_back_once_and_only_while_the_money_is_there():
    wrong = do("reverse_recharge", recharge="R2", reason="Another customer's")
    assert told(
        do("recharge", ref="R2", account="acme", amount="50.00"),
        wrong,
        wrong,
        do("recharge", ref="R3", account="acme", amount="1.00"),
        do("order", ref="O1", account="acme", tax_key="S6", amount="101.00"),
        do("reverse_recharge", recharge="R3"),
    ) == [
        OK | {"balance": "150.00"},
        OK | {"balance": "100.00"},
        {"refused": "recharge_reversed"},
        OK | {"balance": "101.00"},
        OK | {"cash": "101.00", "funds": {"voucher": "0.00", "coupon": "0.00", "rebate": "0.00", "gift": "0.00"}},
        {"refused": "insufficient_balance"},
    ]  # fmt: skip


def test_an_online_payment_is_paid_twice_late_or_never():
    paid = do("payment_callback", payment="P1", event="E1")
    answers = told(
        do("payment", ref="P1", account="acme", amount="10.00"),
        paid,
        paid,
        do("payment", ref="P2", account="acme", amount="20.00"),
        do("payment_callback", payment="P2", outcome="failed"),
        do("payment", ref="P3", account="acme", amount="30.00"),
        do("advance", to="2026-03-02T00:00"),
        do("payment_callback", payment="P3"),
        do("reverse_recharge", payment="P2"),
        do("reverse_recharge", payment="P3"),
    )
    assert answers[:6] == [
        OK | {"status": "created"},
        OK | {"status": "paid", "balance": "110.00"},
        OK | {"status": "paid", "balance": "110.00"},
        OK | {"status": "created"},
        OK | {"status": "failed", "balance": "110.00"},
        OK | {"status": "created"},
    ]
    assert "expire_payments" in [job for job, _at in answers[6]["ran"]]
    assert answers[7:] == [
        OK | {"status": "paid", "balance": "140.00"},
        {"refused": "not_found"},
        OK | {"balance": "110.00"},
    ]


def test_a_bank_statement_is_matched_and_the_rest_goes_to_the_desk():
    file = do(
        "bank_statement",
        lines=[
            {"reference": "B1", "amount": "100.00", "into": "acme"},
            {"reference": "B2", "amount": "7.00", "payer": "Acme Ltd", "booked_on": "2026-03-01"},
            {"reference": "B3", "amount": "9.00", "payer": "Somebody"},
            {"reference": "B4", "amount": "-1.50", "remittance": "fee"},
        ],
    )
    counts = {"matched": 2, "unmatched": 1, "outgoing": 1, "duplicate": 0}
    assert told(
        file,
        do("bank_statement", lines=[{"reference": "B3", "amount": "9.00", "payer": "Somebody"}]),
        BALANCE,
        do("match_line", line="B3", account="acme"),
        do("match_line", line="B3", account="acme"),
        do("ignore_line", line="B4", reason="A fee"),
        do("reverse_recharge", line="B3"),
        do("match_line", line="B3", account="acme"),
        do("bank_statement", lines=[{"reference": "B3", "amount": "8.00"}]),
    ) == [
        OK | counts,
        OK | {"matched": 0, "unmatched": 0, "outgoing": 0, "duplicate": 1},
        OK | {"cash": "207.00", "funds": {"voucher": "0.00", "coupon": "0.00", "rebate": "0.00", "gift": "0.00"}, "held": "0.00", "withdrawable": "207.00"},
        OK | {"status": "matched", "balance": "216.00"},
        {"refused": "wrong_state"},
        OK | {"status": "ignored"},
        OK | {"balance": "207.00"},
        OK | {"status": "matched", "balance": "216.00"},
        OK | {"matched": 0, "unmatched": 1, "outgoing": 0, "duplicate": 0},
    ]  # fmt: skip


def test_a_reference_that_comes_twice_pays_each_customer_it_names():
    assert told(
        do("account", ref="other", profile="standard", name="Other Ltd"),
        do("bank_statement", lines=[
            {"reference": "NONREF", "amount": "100.00", "into": "acme"},
            {"reference": "NONREF", "amount": "100.00", "into": "other"},
        ]),
        do("reverse_recharge", line="NONREF/2"),
    )[1:] == [
        OK | {"matched": 2, "unmatched": 0, "outgoing": 0, "duplicate": 0},
        OK | {"balance": "0.00"},
    ]  # fmt: skip


def test_a_day_that_cannot_be_is_refused():
    line = {"reference": "Y", "amount": "5.00", "into": "acme", "booked_on": "0226-11-20"}
    assert told(do("bank_statement", lines=[line]), do("reconcile"))[0] == {
        "refused": "file_rejected"
    }


def funds(**some):
    return {"voucher": "0.00", "coupon": "0.00", "rebate": "0.00", "gift": "0.00"} | some


def test_a_grant_buys_what_it_is_for_and_ends_when_the_clock_passes_it():
    answers = told(
        do("product", ref="ecs", tax_key="S6"),
        do("grant", account="acme", fund="voucher", amount="20.00", product="ecs", expires_at="2026-04-01T00:00"),
        do("order", ref="O1", account="acme", tax_key="S6", amount="5.00"),
        do("order", ref="O2", account="acme", product="ecs", amount="5.00"),
        do("advance", to="2026-04-01T00:00"),
        BALANCE,
        ask("messages", account="acme"),
    )  # fmt: skip
    assert answers[2] == OK | {"cash": "5.00", "funds": funds()}
    assert answers[3] == OK | {"cash": "0.00", "funds": funds(voucher="5.00")}
    assert answers[5]["funds"] == funds()
    topics = [row["topic"] for row in answers[6]["messages"] if row["channel"] == "inbox"]
    assert topics == ["funds_expiring", "funds_expired"]


def test_a_code_is_redeemed_once_and_in_time():
    until = {"fund": "gift", "amount": "8.00", "valid_until": "2026-03-02T00:00"}
    redeem = do("redeem", account="acme", code="C1")
    assert told(
        do("code", ref="C1", days=30, **until),
        do("code", ref="C2", **until),
        redeem,
        redeem,
        do("redeem", account="acme", code="C2", at="2026-03-02T00:00"),
        do("code", ref="C3", **until),
    ) == [
        OK,
        OK,
        OK | {"fund": "gift", "amount": "8.00", "expires_at": "2026-03-31T09:00:00+08:00"},
        {"refused": "code_used"},
        {"refused": "code_unknown"},
        {"refused": "invalid_amount"},
    ]


def test_credit_pays_and_is_not_taken_away_while_it_is_used():
    answers = told(
        do("credit", account="acme", limit="50.00"),
        do("order", ref="O1", account="acme", tax_key="S6", amount="130.00"),
        BALANCE,
        do("credit", account="acme", limit="29.99"),
        do("recharge", account="acme", amount="30.00"),
        do("credit", account="acme", limit="0.00"),
    )
    assert answers[0] == OK | {"used": "0.00"}
    assert (answers[2]["cash"], answers[2]["withdrawable"]) == ("-30.00", "0.00")
    assert answers[3] == {"refused": "credit_in_use"}
    assert answers[4:] == [OK | {"balance": "0.00"}, OK | {"used": "0.00"}]


def test_an_adjustment_needs_two_people_and_the_money():
    assert told(
        do("adjust", account="acme", amount="5.00"),
        do("adjust", account="acme", amount="-2.00", approve=False),
        do("adjust", account="acme", amount="3.00", fund="coupon", reason="Forgotten"),
        do("adjust", account="acme", amount="-105.01"),
        do("adjust", account="acme", amount="1.00", by="one", approver="one"),
        do("adjust", account="acme", amount="1.00", reason=" "),
    ) == [
        OK | {"status": "posted", "balance": "105.00"},
        OK | {"status": "rejected", "balance": "105.00"},
        OK | {"status": "posted", "balance": "3.00"},
        {"refused": "insufficient_balance"},
        {"refused": "four_eyes"},
        {"refused": "explanation_required"},
    ]


def test_locked_books_take_nothing_of_before():
    line = {"reference": "B1", "amount": "7.00", "into": "acme", "booked_on": "2026-03-01"}
    answers = told(
        do("lock_books", through="2026-03-01"),
        do("lock_books", through="2026-03-01", at="2026-03-02T00:00"),
        do("lock_books", through="2026-03-01"),
        do("bank_statement", lines=[line]),
        ask("statement", account="acme"),
    )
    assert answers[0] == {"refused": "period_not_over"}
    assert answers[1] == OK
    assert answers[2] == {"refused": "already_locked"}
    assert answers[4]["statement"] == [
        {"kind": "recharge", "amount": "7.00", "balance": "107.00", "at": "2026-03-02T00:00:00+08:00"},
        {"kind": "recharge", "amount": "100.00", "balance": "100.00", "at": "2026-03-01T09:00:00+08:00"},
    ]  # fmt: skip


def test_every_day_is_reconciled_once_and_gaps_are_named():
    answers = told(
        do("bank_statement", lines=[{"reference": "B1", "amount": "9.00"}]),
        do("reconcile"),
        do("reconcile", at="2026-03-03T00:00"),
        do("reconcile"),
    )
    gap = {"day": "2026-03-01", "kind": "bank_line_unmatched", "about": None, "ledger": "0.00", "other": "9.00"}  # fmt: skip
    assert answers[1:] == [
        OK | {"days": 0, "gaps": []},
        OK | {"days": 2, "gaps": [gap]},
        OK | {"days": 0, "gaps": [gap]},
    ]


def test_a_withdrawal_is_paid_fails_or_is_rejected():
    asked = {"account": "acme", "amount": "30.00"}
    assert told(
        do("withdraw", ref="W1", decide="later", **asked),
        do("decide_withdrawal", withdrawal="W1", decide="fail", reason="No such account"),
        do("decide_withdrawal", withdrawal="W1", decide="pay"),
        do("withdraw", decide="reject", **asked),
        do("withdraw", **asked),
        do("withdraw", account="acme", amount="70.01"),
    ) == [
        OK | {"status": "requested", "balance": "70.00"},
        OK | {"status": "failed", "balance": "100.00"},
        {"refused": "wrong_state"},
        OK | {"status": "rejected", "balance": "100.00"},
        OK | {"status": "paid", "balance": "70.00"},
        {"refused": "insufficient_balance"},
    ]


def test_held_money_stays_until_the_hold_is_lifted():
    asked = do("withdraw", account="acme", amount="90.00")
    answers = told(
        do("hold", ref="H1", account="acme", amount="20.00", reason="Court order"),
        asked,
        BALANCE,
        do("lift_hold", hold="H1"),
        asked,
    )
    assert answers[1] == {"refused": "withdrawal_held"}
    assert (answers[2]["held"], answers[2]["withdrawable"]) == ("20.00", "80.00")
    assert answers[4] == OK | {"status": "paid", "balance": "10.00"}


def test_members_of_one_organization_pass_money_on():
    assert told(
        do("account", ref="shop", parent="acme"),
        do("account", ref="other"),
        do("member_transfer", account="acme", to="shop", amount="60.00"),
        do("member_transfer", account="shop", to="acme", amount="10.00"),
        do("member_transfer", account="acme", to="other", amount="1.00"),
        do("member_transfer", account="acme", to="shop", amount="50.01"),
    )[2:] == [
        OK | {"balance": "40.00", "to_balance": "60.00"},
        OK | {"balance": "50.00", "to_balance": "50.00"},
        {"refused": "not_same_organization"},
        {"refused": "insufficient_balance"},
    ]


def test_a_variant_settles_every_day():
    answers = told(
        do("profile", name="daily", base="alibaba", set={"settlement": "daily"}),
        do("account", ref="day", profile="daily"),
        do("recharge", account="day", amount="5.00"),
        do("usage", account="day", tax_key="S6", amount="2.00"),
        ask("invoiceable", account="day"),
        do("advance", to="2026-03-02T00:00"),
        ask("invoiceable", account="day"),
    )
    waits = {"reason": "bill_not_generated", "amount": "2.00", "available_at": "2026-03-02T00:00:00+08:00"}  # fmt: skip
    assert (answers[4]["open"], answers[4]["waiting"]) == ("0.00", [waits])
    assert (answers[6]["open"], answers[6]["waiting"]) == ("2.00", [])


def test_an_order_is_followed_to_the_money_that_paid_for_it():
    term = {"starts_on": "2026-03-01", "ends_on": "2026-03-10"}
    answers = told(
        do("grant", account="acme", fund="coupon", amount="10.00"),
        do("order", ref="O1", account="acme", tax_key="S6", amount="60.00", **term),
        do("unsubscribe", order="O1"),
        ask("sources", order="O1"),
    )
    assert answers[2]["returned"] == "45.00"
    came = "2026-03-01T09:00:00+08:00"
    assert answers[3]["sources"] == [
        {"fund": "cash", "came": "recharge", "at": came, "paid": "50.00", "returned": "45.00"},
        {"fund": "coupon", "came": "grant", "at": came, "paid": "10.00", "returned": "0.00"},
    ]

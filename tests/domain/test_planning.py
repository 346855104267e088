"""From a selection to the exact invoices, with the amounts of the acceptance scenarios."""

from dataclasses import replace
from decimal import Decimal

import pytest

from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.planning import Plan, make_plan
from tests.domain.builders import C6, D6, H13, M9, S6, START, T6, amounts, deficit, order

BAIDU, STANDARD = profiles.get("baidu"), profiles.get("standard")
ALIBABA, KINGSOFT = profiles.get("alibaba"), profiles.get("kingsoft")


def plan(*candidates, policy=STANDARD, medium: str = "electronic", **options) -> Plan:
    return make_plan(policy=policy, candidates=candidates, medium=medium, **options)


def refused(*candidates, **options) -> DomainError:
    with pytest.raises(DomainError) as caught:
        plan(*candidates, **options)
    return caught.value


@pytest.mark.parametrize("code", profiles.codes())
def test_sc_17_customers_pay_exactly_the_price_and_the_invoice_says_the_tax(code: str) -> None:
    made = plan(
        order(1, "106.00", S6),
        order(2, "109.00", M9),
        order(3, "113.00", H13),
        policy=profiles.get(code),
    )
    assert amounts(made) == [
        (1, "100.00", "6.00", "106.00"),
        (1, "100.00", "13.00", "113.00"),
        (2, "100.00", "9.00", "109.00"),
    ]


@pytest.mark.parametrize("code", ["standard", "baidu", "alibaba"])
def test_sc_18_the_smallest_document_is_one_cent(code: str) -> None:
    policy = profiles.get(code)
    error = refused(order(1, "1.00"), amount=Decimal("0.00"), policy=policy)
    assert (error.code, error.values) == ("below_minimum", {"minimum": Decimal("0.01")})
    made = plan(order(1, "1.00"), amount=Decimal("0.01"), policy=policy)
    assert amounts(made) == [(1, "0.01", "0.00", "0.01")]
    assert made.left_open == Decimal("0.99")


def test_sc_28_two_of_three_orders_make_one_document() -> None:
    made = plan(order(1, "300.00"), order(2, "200.00"))
    assert amounts(made) == [(1, "471.70", "28.30", "500.00")]
    assert made.invoices[0].why == "only"
    assert made.invoices[0].lines[0].claims == ((1, Decimal("300.00")), (2, Decimal("200.00")))


def test_sc_29_months_together_or_one_invoice_each() -> None:
    months = [
        order(1, "1060.00", period="2026-01"),
        order(2, "530.00", period="2026-02"),
    ]
    together = plan(*months)
    assert amounts(together) == [(1, "1500.00", "90.00", "1590.00")]
    assert together.invoices[0].periods == ("2026-01", "2026-02")
    assert together.invoices[0].period is None
    separate = plan(*months, separate=True)
    assert amounts(separate) == [
        (1, "1000.00", "60.00", "1060.00"),
        (1, "500.00", "30.00", "530.00"),
    ]
    assert [(i.period, i.why) for i in separate.invoices] == [
        ("2026-01", "month"),
        ("2026-02", "month"),
    ]


def test_sc_30_by_amount_takes_the_oldest_and_leaves_the_rest_open() -> None:
    made = plan(order(2, "700.00"), order(1, "800.00"), amount=Decimal("1000.00"))
    assert amounts(made) == [(1, "943.40", "56.60", "1000.00")]
    assert made.invoices[0].lines[0].claims == ((1, Decimal("800.00")), (2, Decimal("200.00")))
    assert made.left_open == Decimal("500.00")


def test_sc_32_no_more_than_what_is_open() -> None:
    error = refused(order(1, "1500.00"), amount=Decimal("1500.01"))
    assert error.code == "insufficient_invoiceable"
    assert error.values["available"] == Decimal("1500.00")
    assert error.values["short"] == Decimal("0.01")
    assert plan(order(1, "1500.00"), amount=Decimal("1500.00")).total == Decimal("1500.00")


def test_sc_35_each_document_is_taxed_alone() -> None:
    made = plan(order(1, "250000.00"), policy=BAIDU)
    assert amounts(made) == [
        (1, "94339.61", "5660.38", "99999.99"),
        (1, "94339.61", "5660.38", "99999.99"),
        (1, "47169.83", "2830.19", "50000.02"),
    ]
    assert made.total == Decimal("250000.00")
    assert sum(invoice.tax for invoice in made.invoices) == Decimal("14150.95")
    assert {invoice.why for invoice in made.invoices} == {"cap"}


def test_sc_36_the_paper_cap_is_ten_times_the_electronic_one() -> None:
    whole = [order(1, "1000000.00")]
    assert len(plan(*whole, policy=BAIDU, medium="paper").invoices) == 1
    electronic = plan(*whole, policy=BAIDU)
    assert [str(i.gross) for i in electronic.invoices] == ["90909.10"] + ["90909.09"] * 10
    greedy = profiles.variant("baidu", "greedy", {"split_strategy": "greedy"})
    assert [str(i.gross) for i in plan(*whole, policy=greedy).invoices][-1] == "0.10"


def test_sc_39_five_keys_of_three_entities_make_five_documents() -> None:
    made = plan(
        order(1, "600.00", S6),
        order(2, "109.00", M9),
        order(3, "53.00", C6),
        order(4, "212.00", D6),
        order(5, "113.00", H13),
    )
    assert amounts(made) == [
        (1, "566.04", "33.96", "600.00"),
        (1, "100.00", "13.00", "113.00"),
        (2, "50.00", "3.00", "53.00"),
        (2, "100.00", "9.00", "109.00"),
        (3, "200.00", "12.00", "212.00"),
    ]
    assert made.total == Decimal("1087.00")
    assert {invoice.why for invoice in made.invoices} == {"entity_or_rate"}


def test_sc_40_same_entity_and_rate_make_one_document_of_two_lines() -> None:
    (invoice,) = plan(order(1, "300.00", S6), order(2, "200.00", T6)).invoices
    assert [(str(n.net), str(n.tax)) for n in invoice.lines] == [
        ("283.02", "16.98"),
        ("188.68", "11.32"),
    ]
    assert (str(invoice.net), str(invoice.tax), str(invoice.gross)) == ("471.70", "28.30", "500.00")


def test_a_line_is_cut_where_the_cap_falls_and_both_parts_say_who_pays() -> None:
    capped = profiles.variant("standard", "capped", {"cap_e": "100.00"})
    first, second = plan(
        order(1, "60.00", S6), order(3, "70.00", T6), order(2, "30.00", S6), policy=capped
    ).invoices
    assert [line.claims for line in first.lines] == [
        ((1, Decimal("60.00")), (2, Decimal("30.00"))),
        ((3, Decimal("10.00")),),
    ]
    assert [line.claims for line in second.lines] == [((3, Decimal("60.00")),)]


def test_sc_107_members_separately_or_consolidated() -> None:
    members = [
        order(1, "106.00", S6, member=1),
        order(2, "212.00", S6, member=2),
        order(3, "113.00", H13, member=2),
    ]
    separate = plan(*members, by_member=True)
    assert [(i.member_id, str(i.gross), i.why) for i in separate.invoices] == [
        (1, "106.00", "member"),
        (2, "212.00", "member"),
        (2, "113.00", "entity_or_rate"),
    ]
    assert amounts(plan(*members)) == [
        (1, "300.00", "18.00", "318.00"),
        (1, "100.00", "13.00", "113.00"),
    ]


def test_k07_whole_statements_only() -> None:  # C08, D18
    error = refused(order(1, "150.00"), policy=KINGSOFT, medium="paper", amount=Decimal("100.00"))
    assert (error.code, error.values) == ("partial_not_allowed", {"amount": Decimal("150.00")})
    whole = plan(order(1, "150.00"), policy=KINGSOFT, medium="paper", amount=Decimal("150.00"))
    assert whole.total == Decimal("150.00")


def test_b61_nothing_selected() -> None:
    assert refused().code == "nothing_selected"


def test_sc_52_a_deficit_is_covered_before_anything_is_invoiced() -> None:
    made = plan(order(1, "500.00"), deficits=[deficit(9, "200.00")], policy=ALIBABA)
    assert amounts(made) == [(1, "283.02", "16.98", "300.00")]
    assert (made.offset, made.left_open) == (Decimal("200.00"), Decimal("0.00"))
    assert [(p.deficit_id, p.item_id, p.amount) for p in made.offsets] == [
        (9, 1, Decimal("200.00"))
    ]


def test_sc_55_a_selection_that_does_not_cover_the_deficit_is_refused() -> None:
    error = refused(order(1, "150.00"), deficits=[deficit(9, "200.00")], policy=BAIDU)
    assert error.code == "deficit_not_covered"
    assert error.values == {"short": Decimal("50.00"), "tax_key": "S6", "category_id": 1}


def test_d21_the_amount_is_what_the_invoices_come_to() -> None:
    facts = [order(1, "500.00")], [deficit(9, "200.00")]
    error = refused(*facts[0], deficits=facts[1], amount=Decimal("300.01"))
    assert error.code == "insufficient_invoiceable"
    assert error.values["available"] == Decimal("300.00")
    assert error.values["short"] == Decimal("0.01")
    everything = plan(*facts[0], deficits=facts[1], amount=Decimal("300.00"))
    assert amounts(everything) == [(1, "283.02", "16.98", "300.00")]
    assert (everything.offset, everything.left_open) == (Decimal("200.00"), Decimal("0.00"))
    part = plan(*facts[0], deficits=facts[1], amount=Decimal("100.00"))
    assert amounts(part) == [(1, "94.34", "5.66", "100.00")]
    assert (part.offset, part.left_open) == (Decimal("200.00"), Decimal("200.00"))


def test_d21_what_a_deficit_stands_before_is_passed_over() -> None:
    bought, owed = [order(1, "150.00", S6), order(2, "500.00", T6)], [deficit(9, "200.00", S6)]
    made = plan(*bought, deficits=owed, amount=Decimal("500.00"))
    assert made.invoices[0].lines[0].claims == ((2, Decimal("500.00")),)
    assert (made.total, made.offset) == (Decimal("500.00"), Decimal("150.00"))
    error = refused(*bought, deficits=owed, amount=Decimal("500.01"))
    assert error.values["available"] == Decimal("500.00")
    behind = refused(*bought, deficits=owed, amount=Decimal("0.01"), policy=ALIBABA)
    assert (behind.code, behind.values["short"]) == ("deficit_not_covered", Decimal("50.00"))


def test_sc_56_the_gate_decides_whose_deficit_stops_an_application() -> None:
    bought, owed = order(1, "500.00", T6), [deficit(9, "200.00", S6)]
    error = refused(bought, deficits=owed, policy=BAIDU)
    assert (error.code, error.values["tax_key"]) == ("deficit_not_covered", "S6")
    assert error.values["short"] == Decimal("200.00")
    same_key_only = plan(bought, deficits=owed, policy=STANDARD)
    assert (same_key_only.total, same_key_only.offsets) == (Decimal("500.00"), ())
    looser = profiles.variant("standard", "looser", {"offset_key": "(issuer, rate)"})
    covered = plan(bought, deficits=owed, policy=looser)
    assert (covered.total, covered.offset) == (Decimal("300.00"), Decimal("200.00"))


def test_c23_the_entity_gate_lets_other_entities_pass() -> None:
    owed = [deficit(9, "200.00", S6)]
    assert plan(order(1, "500.00", C6), deficits=owed, policy=ALIBABA).total == Decimal("500.00")
    assert refused(order(1, "500.00", T6), deficits=owed, policy=ALIBABA).values["tax_key"] == "S6"


def test_b62_the_refusal_names_the_oldest_deficit_and_what_its_own_key_lacks() -> None:
    owed = [deficit(8, "70.00", H13), deficit(7, "20.00", S6), deficit(9, "30.00", S6)]
    error = refused(order(1, "10.00", T6), deficits=owed, policy=BAIDU)
    assert error.values == {"short": Decimal("50.00"), "tax_key": "S6", "category_id": 1}


def test_d04_the_oldest_payment_is_taken_first_whatever_its_number() -> None:
    older = replace(order(2, "40.00"), paid_at=START)
    (invoice,) = plan(order(1, "40.00"), older, amount=Decimal("50.00")).invoices
    assert invoice.lines[0].claims == ((2, Decimal("40.00")), (1, Decimal("10.00")))


def test_c25_manual_offsets_are_left_to_the_customer() -> None:
    manual = profiles.variant("standard", "manual", {"offset_timing": "manual"})
    owed = [deficit(9, "200.00")]
    error = refused(order(1, "500.00"), deficits=owed, policy=manual)
    assert error.values["short"] == Decimal("200.00")
    error = refused(order(1, "500.00"), deficits=owed, policy=manual, amount=Decimal("300.00"))
    assert (error.code, error.values["short"]) == ("deficit_not_covered", Decimal("200.00"))


def test_when_offsets_use_everything_up_there_is_an_offset_and_no_invoice() -> None:
    made = plan(order(1, "200.00"), deficits=[deficit(9, "200.00")])
    assert (made.invoices, made.total, made.offset) == ((), Decimal("0.00"), Decimal("200.00"))


def test_sc_42_the_hash_moves_when_the_plan_does() -> None:
    first, second = order(1, "300.00"), order(2, "200.00")
    before = plan(first, second)
    assert len(before.hash) == 64
    assert plan(second, first).hash == before.hash
    assert plan(first).hash != before.hash
    assert plan(first, second, medium="paper").hash != before.hash
    padded = [replace(c, key=replace(S6, rate=Decimal("0.0600"))) for c in (first, second)]
    assert plan(*padded).hash == before.hash
    assert plan(first, second, currency="USD").hash != before.hash
    in_part = plan(first, second, amount=Decimal("300"))
    assert in_part.hash == plan(first).hash
    assert plan(first, amount=Decimal("150")).hash == plan(first, amount=Decimal("150.00")).hash

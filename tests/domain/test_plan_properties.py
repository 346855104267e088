"""Whatever a customer bought and owes: nothing is lost, nothing is mixed, no cap is broken."""

from collections import Counter
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.allocation import total_of
from invoicing.domain.planning import Plan, make_plan
from invoicing.domain.reach import reach
from invoicing.domain.tax import split_gross
from tests.domain.builders import KEYS, deficit, order

CENTS = st.integers(1, 40_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
CAP = Decimal("123.45")
POLICIES = [
    profiles.variant(base, f"capped {base}", {"cap": str(CAP), "deficit_gate": gate})
    for base in ("standard", "baidu")
    for gate in ("tax_key", "entity")
]


@st.composite
def purchases(draw: st.DrawFn) -> list:
    rows = st.tuples(
        CENTS,
        st.sampled_from(KEYS),
        st.sampled_from(["2026-01", "2026-02"]),
        st.sampled_from([None, 1, 2]),
    )
    return [
        order(number, amount, key, period=period, member=member)
        for number, (amount, key, period, member) in enumerate(
            draw(st.lists(rows, min_size=1, max_size=12)), start=1
        )
    ]


@st.composite
def requests(draw: st.DrawFn) -> dict:
    candidates = draw(purchases())
    owed = draw(st.lists(st.tuples(CENTS, st.sampled_from(KEYS)), max_size=3))
    open_cents = int(sum(candidate.amount for candidate in candidates) * 100)
    return {
        "policy": draw(st.sampled_from(POLICIES)),
        "candidates": candidates,
        "deficits": [deficit(100 + n, amount, key) for n, (amount, key) in enumerate(owed)],
        "amount": draw(
            st.none() | st.integers(1, open_cents).map(lambda cents: Decimal(cents) / 100)
        ),
        "medium": draw(st.sampled_from(["electronic", "paper"])),
        "separate": draw(st.booleans()),
        "by_member": draw(st.booleans()),
    }


def planned(request: dict) -> Plan:
    """The plan, where the deficits do not forbid one."""
    try:
        return make_plan(**request)
    except DomainError as error:
        if error.code in {"deficit_not_covered", "insufficient_invoiceable"}:
            reject()
        raise


def claims_of(plan: Plan) -> Counter:
    claimed: Counter = Counter()
    for invoice in plan.invoices:
        for line in invoice.lines:
            for item_id, amount in line.claims:
                claimed[item_id] += amount
    return claimed


@given(request=requests())
def test_nothing_is_lost(request: dict) -> None:
    plan = planned(request)
    everything = sum(candidate.amount for candidate in request["candidates"])
    assert sum(invoice.gross for invoice in plan.invoices) == plan.total
    assert sum(pair.amount for pair in plan.offsets) == plan.offset
    assert plan.total == (
        everything - plan.offset if request["amount"] is None else request["amount"]
    )
    assert plan.left_open == everything - plan.total - plan.offset


@given(request=requests())
def test_what_the_page_says_can_be_asked_for_is_what_the_plan_gives_and_a_cent_more_is_refused(
    request: dict,
) -> None:
    found = reach(request["policy"], request["candidates"], request["deficits"])
    most = total_of(found.free)
    if most:
        assert make_plan(**request | {"amount": most}).total == most
    with pytest.raises(DomainError) as refusal:
        make_plan(**request | {"amount": most + Decimal("0.01")})
    assert refusal.value.code in {"deficit_not_covered", "insufficient_invoiceable"}


@given(request=requests())
def test_no_item_pays_more_than_it_has_and_only_the_last_of_an_amount_pays_in_part(
    request: dict,
) -> None:
    plan = planned(request)
    used = claims_of(plan)
    free = reach(request["policy"], request["candidates"], request["deficits"]).free
    in_order = sorted(free, key=lambda c: (c.paid_at, c.item_id))
    parts = [used[candidate.item_id] for candidate in in_order]
    full = [part == candidate.amount for part, candidate in zip(parts, in_order, strict=True)]
    assert all(part <= candidate.amount for part, candidate in zip(parts, in_order, strict=True))
    first_partial = full.index(False) if False in full else len(full)
    assert not any(parts[first_partial + 1 :])
    assert sum(parts) == plan.total
    for pair in plan.offsets:
        used[pair.item_id] += pair.amount
    assert all(used[one.item_id] <= one.amount for one in request["candidates"])


@given(request=requests())
def test_nothing_is_mixed(request: dict) -> None:
    items = {candidate.item_id: candidate for candidate in request["candidates"]}
    for invoice in planned(request).invoices:
        assert invoice.medium == request["medium"]
        assert len({line.key for line in invoice.lines}) == len(invoice.lines)
        for line in invoice.lines:
            assert (line.key.entity_id, line.key.rate) == (invoice.entity_id, invoice.rate)
            for item_id, amount in line.claims:
                assert amount > 0
                assert items[item_id].key == line.key
                assert items[item_id].period in invoice.periods
                if request["separate"]:
                    assert items[item_id].period == invoice.period
                if request["by_member"]:
                    assert items[item_id].member_id == invoice.member_id


@given(request=requests())
def test_lines_are_taxed_alone_and_sum_to_the_invoice(request: dict) -> None:
    for invoice in planned(request).invoices:
        for line in invoice.lines:
            assert (line.net, line.tax) == split_gross(line.gross, line.key.rate)
            assert sum(amount for _, amount in line.claims) == line.gross
        assert invoice.net == sum(line.net for line in invoice.lines)
        assert invoice.tax == sum(line.tax for line in invoice.lines)
        assert invoice.gross == invoice.net + invoice.tax


@given(request=requests())
def test_no_cap_is_broken_and_there_are_the_fewest_invoices(request: dict) -> None:
    plan = planned(request)
    groups: dict[tuple, list[Decimal]] = {}
    for invoice in plan.invoices:
        assert Decimal("0.01") <= invoice.gross <= CAP
        group = (invoice.entity_id, invoice.rate, invoice.member_id, invoice.period)
        groups.setdefault(group, []).append(invoice.gross)
    for grosses in groups.values():
        fewest = (sum(grosses) / CAP).to_integral_value(rounding=ROUND_CEILING)
        assert len(grosses) == fewest


@given(request=requests(), shuffle=st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_the_facts(request: dict, shuffle) -> None:
    plan = planned(request)
    candidates, deficits = list(request["candidates"]), list(request["deficits"])
    shuffle.shuffle(candidates)
    shuffle.shuffle(deficits)
    again = make_plan(**request | {"candidates": candidates, "deficits": deficits})
    assert again == plan
    assert again.hash == plan.hash


@given(request=requests())
def test_no_uncovered_deficit_of_the_gate_is_passed_by(request: dict) -> None:
    plan = planned(request)
    received: Counter = Counter()
    for pair in plan.offsets:
        received[pair.deficit_id] += pair.amount
    touched = {
        (candidate.member_id, candidate.key)
        for candidate in request["candidates"]
        if candidate.item_id in claims_of(plan)
    }
    for owed in request["deficits"]:
        assert received[owed.item_id] <= owed.amount
        if (owed.member_id, owed.key) in touched:
            assert received[owed.item_id] == owed.amount

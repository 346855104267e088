"""Whatever a bank repeats, splits, overlaps or sends again: each payment once, or at the desk."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.bank_files import Head, Line
from ledger.domain.bank_identity import Held, Verdict, judge

FIRST = date(2026, 3, 2)
OWNERS = ("A", "B")

payments = st.lists(
    st.tuples(
        st.integers(0, 2),  # day
        st.sampled_from([100, 100, 50, -50, -100]),
        st.sampled_from(["NONREF", "NONREF", "R1", "DAY"]),
        st.sampled_from(OWNERS),
    ),
    min_size=1,
    max_size=12,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))
cuts = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6)


def account(rows):
    """What really happened on the account, in order: a line for each, with the balance after it."""
    balance, lines = Decimal(1000), []
    for n, (day, amount, reference, owner) in enumerate(rows, start=1):
        balance += amount
        lines.append(
            Line(
                n,
                reference,
                Decimal(amount),
                FIRST + timedelta(days=day),
                paid_into=owner,
                balance=balance,
            )
        )
    return lines


def statement(lines, begin, end):
    """The part of the account between two places, as a bank sends it."""
    part = lines[begin:end]
    opening = part[0].balance - part[0].amount
    return Head("ours", "CNY", opening, part[-1].balance), part


def play(lines, parts):
    """Import the parts one by one; how often each payment was credited, and waits at the desk."""
    held, credited, waiting = [], Counter(), Counter()
    for head, part in parts:
        verdicts = judge(head, part, held)
        for line, verdict in zip(part, verdicts, strict=True):
            credited[line.number] += verdict is Verdict.NEW
            waiting[line.number] += verdict is Verdict.DOUBTFUL
        only_in = all(line.amount > 0 for line in part)
        kept = zip(part, verdicts, strict=True)
        held += [Held(line, head, only_in) for line, v in kept if v is not Verdict.HELD]
    return credited, waiting


def credited_by_owner(lines, credited):
    sums = Counter()
    for line in lines:
        sums[line.paid_into, line.amount > 0] += credited[line.number] * line.amount
    return sums


@given(payments, cuts)
def test_with_balances_no_cent_is_credited_twice_and_none_is_lost(rows, between):
    lines = account(rows)
    spans = [(min(a, b), max(a, b)) for a, b in between]
    parts = [statement(lines, a, b) for a, b in spans if lines[a:b]]
    credited, waiting = play(lines, parts)
    seen = {line.number for _head, part in parts for line in part}
    really = credited_by_owner(lines, Counter(seen))
    assert all(
        abs(got) <= abs(really[key]) for key, got in credited_by_owner(lines, credited).items()
    )
    # equal lines are interchangeable: as many of each as there were are credited or wait
    for key, count in Counter(
        (x.booked_on, x.amount, x.reference, x.paid_into) for x in lines if x.number in seen
    ).items():
        alike = [
            x.number for x in lines if (x.booked_on, x.amount, x.reference, x.paid_into) == key
        ]
        assert sum(credited[n] for n in alike) <= count
        balances = [x.balance for x in lines if x.number in alike]
        if len(set(balances)) == len(balances):  # else nothing on them tells one from the other
            assert sum(credited[n] + waiting[n] for n in alike) >= count


@given(payments, st.lists(st.integers(0, 12), max_size=4))
def test_a_statement_split_at_any_place_and_sent_again_whole_is_credited_exactly_once(rows, places):
    lines = [replace(line, amount=abs(line.amount)) for line in account(rows)]
    lines = account(
        [((x.booked_on - FIRST).days, int(x.amount), x.reference, x.paid_into) for x in lines]
    )
    edges = sorted({0, len(lines), *(min(place, len(lines)) for place in places)})
    parts = [statement(lines, a, b) for a, b in pairwise(edges)]
    credited, waiting = play(lines, [*parts, statement(lines, 0, len(lines)), *parts])
    assert set(credited.values()) == {1}
    assert not any(waiting.values())


@given(payments)
def test_without_balances_a_file_holds_as_many_payments_as_lines_and_again_none(rows):
    lines = [replace(line, balance=None) for line in account(rows)]
    head = Head("ours", "CNY")
    credited, _waiting = play(
        lines, [(head, lines), (head, lines[::-1]), (head, lines[: len(lines) // 2])]
    )
    assert set(credited.values()) == {1}


def test_statements_whose_periods_do_not_meet_share_no_line():
    day = datetime(2026, 3, 2, tzinfo=UTC)
    line = Line(1, "NONREF", Decimal(100), FIRST, paid_into="A")
    noon = day + timedelta(hours=12)
    morning, evening = (
        Head("o", "CNY", None, None, day, noon),
        Head("o", "CNY", None, None, noon, day + timedelta(days=1)),
    )
    held = [Held(line, morning, only_in=True)]
    assert judge(evening, [line], held) == [Verdict.NEW]
    assert judge(morning, [line], held) == [Verdict.HELD]


def test_a_line_without_details_is_the_same_and_one_with_others_is_not():
    held = [
        Held(Line(1, "B-1", Decimal(100), FIRST, paid_into="A"), Head("o", "CNY"), only_in=True)
    ]
    bare = Line(1, "B-1", Decimal(100), FIRST)
    assert judge(Head("o", "CNY"), [bare], held) == [Verdict.HELD]
    assert judge(Head("o", "CNY"), [replace(bare, paid_into="B")], held) == [Verdict.NEW]

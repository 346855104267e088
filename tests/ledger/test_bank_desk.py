"""The desk for what no rule could match: credit it by hand, set it aside, take it back."""

import pytest

from accounts.models import Membership
from ledger.models import BankLine, Recharge
from ledger.queries.payers import suggestions
from ledger.services.bank.deciding import ignore_line, match_line, undo_line
from ledger.services.recharges.reversing import reverse_recharge
from tests import bank_files as files
from tests.builders import at, closed_story, make_story, yuan
from tests.ledger.banking import MORNING, cash, desk_person, line, operator, run
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return desk_person()


@pytest.fixture
def story():
    return make_story(name="云帆印刷有限公司")


@pytest.fixture
def waiting(story):
    run(files.csv_file(files.csv_line("B-1", "100", payer="nobody"), files.csv_line("B-2", "-3")))
    return line()


def match(waiting, story, by, when=MORNING):
    return match_line(line=waiting, customer=story.customer, by=by, at=at(when))


def test_the_desk_finds_the_customer(waiting, story, desk):
    done = match(waiting, story, desk)
    assert (done.status, done.decided_by, done.recharge.paid_at) == (
        "matched",
        desk,
        at("2026-03-19 00:00"),
    )
    assert cash(story) == yuan("100")
    refused("wrong_state", lambda: match(waiting, story, desk))
    refused("wrong_state", lambda: ignore_line(line=waiting, reason="fee", by=desk, at=at(MORNING)))


def test_the_desk_sets_aside_what_is_no_recharge_and_says_why(waiting, story, desk):
    refused("not_incoming", lambda: match(line("B-2"), story, desk))
    refused(
        "explanation_required",
        lambda: ignore_line(line=line("B-2"), reason=" ", by=desk, at=at(MORNING)),
    )
    done = ignore_line(line=line("B-2"), reason="bank fee", by=desk, at=at(MORNING))
    assert (done.status, done.reason, done.decided_by, done.decided_at) == (
        "ignored", "bank fee", desk, at(MORNING),
    )  # fmt: skip
    refused("wrong_state", lambda: match(done, story, desk))


def test_the_desk_cannot_credit_another_currency_or_a_closed_account(waiting, desk):
    dollars = make_story(name="Dollar Ltd", currency="USD")
    refused("wrong_currency", lambda: match(waiting, dollars, desk))
    closed = closed_story(name="Closed Ltd")
    refused("account_closed", lambda: match(waiting, closed, desk))


def test_the_desk_is_for_people_with_the_permission_who_do_not_belong_to_the_customer(
    waiting, story, desk
):
    stranger = operator("add_bankstatement", name="stranger")
    refused("not_permitted", lambda: match(waiting, story, stranger))
    refused(
        "not_permitted", lambda: ignore_line(line=waiting, reason="x", by=stranger, at=at(MORNING))
    )
    Membership.objects.create(user=desk, customer=story.customer)
    refused("four_eyes", lambda: match(waiting, story, desk))


def test_a_line_matched_to_the_wrong_customer_goes_back_to_the_desk(waiting, story, desk):
    wrong = make_story(name="Wrong Ltd")
    recharge = match(waiting, wrong, desk).recharge
    reverse_recharge(recharge=recharge, reason="wrong customer", by=desk, at=at("2026-03-20 10:00"))
    assert (line().status, line().recharge, line().decided_by) == ("unmatched", None, None)
    match(waiting, story, desk, "2026-03-20 11:00")
    assert (cash(wrong), cash(story)) == (yuan("0"), yuan("100"))
    reverse_recharge(recharge=line().recharge, reason="oh", by=desk, at=at("2026-03-20 12:00"))
    match(waiting, wrong, desk, "2026-03-20 13:00")
    assert (cash(wrong), cash(story), Recharge.objects.count()) == (yuan("100"), yuan("0"), 3)


def reversal(amount="-100"):
    row = files.entry(
        "B-1", amount.removeprefix("-"), direction="DBIT", booked="<Dt>2026-03-20</Dt>"
    )
    run(files.camt([row.replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")]), "back.xml")
    return BankLine.objects.get(undoes=True)


def test_a_reversal_under_the_reference_of_its_original_undoes_it_at_the_desk(waiting, story, desk):
    recharge = match(waiting, story, desk).recharge
    back = reversal()
    assert (back.status, cash(story)) == ("unmatched", yuan("100"))
    undo_line(line=back, original=waiting, by=desk, at=at("2026-03-20 10:00"))
    recharge.refresh_from_db()
    assert (cash(story), recharge.reversed_at) == (yuan("0"), at("2026-03-20 10:00"))
    assert list(BankLine.objects.filter(reference="B-1").values_list("status", flat=True)) == [
        "ignored",
        "ignored",
    ]
    again = BankLine.objects.get(pk=back.pk)
    refused("wrong_state", lambda: undo_line(line=again, original=waiting, by=desk, at=at(MORNING)))


def test_a_reversal_undoes_nothing_else_and_not_for_everybody(waiting, story, desk):
    match(waiting, story, desk)
    other, back = line("B-2"), reversal()

    def undo(original, by):
        return lambda: undo_line(line=back, original=original, by=by, at=at(MORNING))

    refused("not_its_original", undo(other, desk))
    refused("not_permitted", undo(waiting, operator("change_bankline", name="desk only")))
    refused("not_permitted", undo(waiting, operator("add_bankstatement", name="stranger")))


def test_the_desk_suggests_who_it_may_be_and_says_why(story, desk):
    run(files.csv_file(files.csv_line("B-1", "100", payer="Parent Ltd")))
    match(line(), story, desk)
    owing, named = make_story(name="Owing Ltd"), make_story(name="Named Ltd")
    owing.bill("40.00", "2026-03-19 18:00")
    make_story(name="Dollar Ltd", currency="USD")
    content = files.csv_line(
        "B-2", "40", payer="Parent Ltd", remittance=f"for {named.customer.code}."
    )
    run(files.csv_file(content))
    assert [(one.customer, str(one.reason)) for one in suggestions(line("B-2"))] == [
        (named.customer, "Its customer number is in the text"),
        (story.customer, "Paid under this name before: 1 times"),
        (owing.customer, "An open bill of this amount"),
    ]
    assert cash(named) == yuan("0")

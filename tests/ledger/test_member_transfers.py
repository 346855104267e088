"""Transfers inside an organization: two accounts, one amount, nobody else's money."""

import threading

import pytest
from django.db import connection

from accounts.models import Membership, OutboxMessage
from ledger.models import LedgerAccount, Lot, MemberTransfer
from ledger.services.payouts.holding import place_hold
from ledger.services.payouts.transferring import transfer_partners, transfer_to_member
from tests.builders import at, close, make_story, make_user, yuan
from tests.refusing import refused

NOON = at("2026-03-02 12:00")


@pytest.fixture
def parent(db):
    story = make_story(name="Parent Ltd")
    story.recharge("100.00", "2026-03-01 09:00")
    return story


@pytest.fixture
def member(parent):
    """A member with 50.00; its clerk is not the parent's."""
    story = make_story(name="Member Ltd", parent=parent.customer)
    story.recharge("50.00", "2026-03-02 09:00")
    return story


def move(giver, taker, amount="30.00", reference="T1", by=None):
    return transfer_to_member(
        giver=giver.customer,
        taker=taker.customer,
        amount=yuan(amount),
        reference=reference,
        by=by or giver.user,
        at=NOON,
    )


def cash(story):
    return str(LedgerAccount.objects.get(customer=story.customer, bucket="cash").balance)


def lots(story):
    rows = Lot.objects.filter(customer=story.customer).order_by("pk")
    return [(str(lot.remaining), lot.source.kind) for lot in rows]


@pytest.mark.django_db
def test_cash_leaves_one_account_and_is_a_lot_of_the_other(parent, member):
    moved = move(parent, member)
    assert (cash(parent), cash(member)) == ("70.00", "80.00")
    assert lots(parent) == [("70.00", "recharge")]
    assert lots(member) == [("50.00", "recharge"), ("30.00", "members")]
    assert Lot.objects.get(source=moved.transfer_in).received_at == NOON
    rows = OutboxMessage.objects.filter(channel="inbox").order_by("pk")
    assert [(row.customer, row.topic) for row in rows] == [
        (parent.customer, "member_transfer_sent"),
        (member.customer, "member_transfer_received"),
    ]


@pytest.mark.django_db
def test_the_same_reference_moves_once(parent, member):
    assert move(parent, member) == move(parent, member)
    refused("reference_conflict", lambda: move(parent, member, "31.00"))
    assert (cash(parent), cash(member)) == ("70.00", "80.00")


@pytest.mark.django_db
def test_it_settles_what_the_other_account_owes(parent, member):
    bill = member.bill("75.00", "2026-03-02 10:00")
    move(parent, member)
    bill.refresh_from_db()
    assert (bill.status, cash(member)) == ("settled", "5.00")


@pytest.mark.django_db
def test_members_of_one_parent_may_both_ways(parent, member):
    sister = make_story(name="Sister Ltd", parent=parent.customer)
    for one in (member, sister):
        Membership.objects.get_or_create(user=member.user, customer=one.customer)
    move(member, sister, by=member.user)
    move(sister, member, "10.00", by=parent.user)
    assert (cash(member), cash(sister)) == ("30.00", "20.00")
    found = transfer_partners(member.customer, member.user)
    assert found == [sister.customer]
    assert transfer_partners(parent.customer, parent.user) == [member.customer, sister.customer]


@pytest.mark.django_db
def test_only_within_one_organization(parent, member):
    stranger = make_story(name="Stranger Ltd")
    Membership.objects.create(user=parent.user, customer=stranger.customer)
    refused("not_same_organization", lambda: move(parent, stranger))
    refused("not_same_organization", lambda: move(parent, parent))


@pytest.mark.django_db
def test_only_by_whoever_acts_for_both_or_for_the_parent(parent, member):
    refused("not_permitted", lambda: move(member, parent, by=member.user))
    viewer = make_user("viewer")
    for one in (parent, member):
        Membership.objects.create(user=viewer, customer=one.customer, role="viewer")
    refused("not_permitted", lambda: move(parent, member, by=viewer))


@pytest.mark.django_db
def test_only_money_that_could_be_withdrawn(parent, member):
    parent.grant("gift", "70.00", "2026-03-02 09:00")
    refused("insufficient_balance", lambda: move(parent, member, "100.01"))
    place_hold(
        customer=parent.customer, amount=yuan("80.00"), reason="Court order", source="x", at=NOON
    )
    refused("withdrawal_held", lambda: move(parent, member, "20.01"))
    move(parent, member, "20.00")
    refused("invalid_amount", lambda: move(parent, member, "0.00", "T2"))


@pytest.mark.django_db
def test_not_into_another_currency_and_not_with_a_closed_account(parent, member):
    abroad = make_story(name="Abroad Ltd", parent=parent.customer, currency="USD")
    refused("currency_mismatch", lambda: move(parent, abroad))
    close(member.customer)
    refused("account_closed", lambda: move(parent, member))


@pytest.mark.django_db(transaction=True)
def test_opposite_transfers_in_many_threads_lose_no_cent_and_never_deadlock():
    parent = make_story(name="Parent Ltd")
    members = [make_story(name=f"Member {n} Ltd", parent=parent.customer) for n in range(2)]
    stories = [parent, *members]
    for story in stories:
        story.recharge("40.00", "2026-03-01 09:00")
    failures = []

    def work(n):
        giver, taker = stories[n % 3], stories[(n + 1 + n // 3 % 2) % 3]
        try:
            for turn in range(5):
                move(giver, taker, "1.37", f"T{n}-{turn}", by=parent.user)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert MemberTransfer.objects.count() == 60
    assert sum(yuan(cash(story)) for story in stories) == yuan("120.00")

"""Versions of profiles: drafted, scheduled by somebody else, in force from a day; nothing is judged again."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction

from accounts.models import AuditRecord, Membership, OutboxMessage, User
from accounts.services.customers.opening import open_customer
from finance_console.operating.schedule import next_job
from invoicing.domain import profiles
from invoicing.models import AutoInvoicing, InvoiceableItem, ProfileVersion
from invoicing.queries.policies import codes_in_force, policy_of, version_in_force
from invoicing.services.profiles import versions
from invoicing.services.profiles.moves import change_profile
from ledger.models import Charge, Hold
from ledger.ports.habits import habits_of
from ledger.services.bills import generating
from ledger.services.orders import refunding
from tests.builders import at, make_story, make_user, yuan
from tests.refusing import refused

pytestmark = pytest.mark.django_db
NOON = at("2026-03-10 12:00")
APRIL = date(2026, 4, 1)


def operator(name: str) -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_profileversion"))
    return User.objects.get(pk=user.pk)


def draft(code="alibaba", base=None, by=None, day=APRIL, **values):
    base = base or profiles.get("alibaba")
    return versions.draft_profile(
        code=code,
        number=versions.next_number(),
        base=base,
        values=values,
        effective_from=day,
        by=by or operator(f"maker{versions.next_number()}"),
        at=NOON,
    )


def scheduled(code="alibaba", by=None, **values):
    row = draft(code, **values)
    return versions.schedule_profile(
        version=row, by=by or operator(f"checker{row.version}"), at=NOON
    )


def put_in_force(when="2026-04-01 00:00"):
    return versions.put_profiles_in_force(at=at(when))


def test_a_version_comes_into_force_at_midnight_of_its_day_and_moves_the_customers_of_its_profile():
    mine, other = make_story("alibaba"), make_story("baidu")
    row = scheduled(bill_day=4, prepaid_trigger="paid_and_delivered")
    assert put_in_force("2026-03-31 23:59") == 0
    assert policy_of(mine.customer).bill_day == 3
    job, moment = next_job(NOON, at("2026-04-02 00:00"))
    assert (job.name, moment) == ("put_profiles_in_force", at("2026-04-01 00:00"))
    assert (put_in_force(), put_in_force()) == (1, 0)
    for story in (mine, other):
        story.customer.refresh_from_db()
    row.refresh_from_db()
    assert (row.version, row.status, row.in_force_at) == (101, "in_force", at("2026-04-01 00:00"))
    assert (mine.customer.profile_version, other.customer.profile_version) == (101, 1)
    assert (policy_of(mine.customer).bill_day, habits_of(mine.customer).bill_day) == (4, 4)
    assert policy_of(other.customer).version == 1
    log = AuditRecord.objects.get(action="profile_in_force")
    assert (log.about, log.actor, log.after["customers"]) == ("alibaba v101", None, 1)


def test_what_was_judged_before_keeps_its_rules():
    story = make_story("alibaba")
    story.recharge("100.00", "2026-03-01 09:00")
    before = story.order("30.00", "2026-03-31 10:00", delivered=False)
    asked = story.ask("2026-03-31 11:00", method="order", sources=(before.number,))
    scheduled(prepaid_trigger="paid_and_delivered", cancel_window="never")
    put_in_force()
    story.customer.refresh_from_db()
    after = story.order("20.00", "2026-04-01 10:00", delivered=False)
    items = {item.source: item for item in InvoiceableItem.objects.all()}
    assert (items[before.number].profile_version, items[after.number].profile_version) == (1, 101)
    assert items[before.number].available_at == at("2026-03-31 10:00")
    assert (items[after.number].available_at, items[after.number].waiting_reason) == (
        None,
        "resource_pending",
    )
    asked.refresh_from_db()
    assert (asked.profile, asked.profile_version) == ("alibaba", 1)


def test_a_new_customer_gets_the_version_in_force_and_a_late_one_follows():
    scheduled(bill_day=4)
    assert version_in_force("alibaba") == 1
    put_in_force()
    made = open_customer(
        code="N1", name="New", kind="enterprise", profile="alibaba", region="CN", currency="CNY",
        parent=None, at=at("2026-04-02 09:00"),
    )  # fmt: skip
    late = make_story(
        "alibaba"
    ).customer  # opened with the old version while the new one was put in force
    assert (made.profile_version, late.profile_version) == (101, 1)
    assert put_in_force("2026-04-02 10:00") == 0
    late.refresh_from_db()
    assert late.profile_version == 101


def test_the_deployments_profile_is_the_default(settings):
    settings.FINANCE_PROFILE = "kingsoft"
    made = open_customer(
        code="N2", name="New", kind="enterprise", region="CN", currency="CNY", parent=None, at=NOON
    )
    assert (made.profile, made.profile_version) == ("kingsoft", 1)


def test_two_versions_that_are_both_late_come_into_force_in_the_order_of_their_days():
    story = make_story("alibaba")
    later = scheduled(day=date(2026, 4, 2), bill_day=5)
    first = scheduled(day=APRIL, bill_day=4)
    assert (later.version, first.version) == (101, 102)
    assert put_in_force("2026-04-03 08:00") == 2
    story.customer.refresh_from_db()
    assert (story.customer.profile_version, policy_of(story.customer).bill_day) == (101, 5)


def test_maker_and_checker_differ_and_neither_belongs_to_a_customer_of_the_profile():
    maker, checker, insider = operator("maker"), operator("checker"), operator("insider")
    Membership.objects.create(user=insider, customer=make_story("alibaba").customer, role="viewer")
    row = draft(by=maker, bill_day=4)
    number = versions.next_number()
    nobody = make_user("nobody", is_staff=True)

    def schedule(by):
        return lambda: versions.schedule_profile(version=row, by=by, at=NOON)

    refused("four_eyes", schedule(maker))
    refused("four_eyes", schedule(insider))
    refused("not_permitted", schedule(nobody))
    refused(
        "four_eyes",
        lambda: versions.draft_profile(
            code="alibaba", number=number, base=profiles.get("alibaba"), values={},
            effective_from=APRIL, by=insider, at=NOON,
        ),
    )  # fmt: skip
    versions.change_draft(
        version=row, values={"bill_day": 5}, effective_from=APRIL, by=checker, at=NOON
    )
    refused("four_eyes", schedule(checker))
    assert schedule(maker)().status == "scheduled"


def test_a_draft_is_checked_and_kept_once():
    maker, base, number = operator("maker"), profiles.get("alibaba"), versions.next_number()

    def keep(number=number, **values):
        return versions.draft_profile(
            code="alibaba", number=number, base=base, values=values, effective_from=APRIL,
            by=maker, at=NOON,
        )  # fmt: skip

    row = keep(bill_day=4)
    assert row.changes == {"bill_day": 4}
    assert keep(bill_day=4).pk == row.pk
    refused("changed_meanwhile", lambda: keep(bill_day=5))
    refused("changed_meanwhile", lambda: keep(number=2, bill_day=5))
    refused("profile_range", lambda: keep(number=102, bill_day=30))
    error = refused("profile_value", lambda: keep(number=102, auto_invoice_day=2))
    assert error.values["key"] == "auto_invoice_day"
    refused("profile_value", lambda: keep(number=102, no_such_key=1))


def test_a_day_that_is_over_or_taken_is_refused():
    checker = operator("checker")
    scheduled(bill_day=4)
    taken = draft(bill_day=5)
    over = draft(day=date(2026, 3, 9), bill_day=5)
    error = refused(
        "profile_date_taken",
        lambda: versions.schedule_profile(version=taken, by=checker, at=NOON),
    )
    assert error.values["version"] == 101
    refused(
        "profile_date_past",
        lambda: versions.schedule_profile(version=over, by=checker, at=NOON),
    )


def test_a_used_version_is_immutable_and_a_dropped_one_never_comes_into_force():
    story, checker = make_story("alibaba"), operator("checker")
    row = scheduled(bill_day=4)
    refused(
        "wrong_state",
        lambda: versions.change_draft(
            version=row, values={"bill_day": 5}, effective_from=APRIL, by=checker, at=NOON
        ),
    )
    with pytest.raises(DatabaseError, match="it is immutable"), transaction.atomic():
        ProfileVersion.objects.filter(pk=row.pk).update(data={})
    versions.drop_profile(version=row, by=checker, at=NOON)
    assert put_in_force() == 0
    story.customer.refresh_from_db()
    assert story.customer.profile_version == 1
    refused("wrong_state", lambda: versions.drop_profile(version=row, by=checker, at=NOON))


def test_a_profile_of_its_own_has_no_customers_until_one_is_moved_to_it():
    story, by = make_story("alibaba"), operator("mover")

    def move(code, seen=("alibaba", 1)):
        return change_profile(customer=story.customer, code=code, seen=seen, by=by, at=NOON)

    scheduled("premium", deficit_gate="tax_key")
    refused("profile_unknown", lambda: move("premium"))
    put_in_force()
    assert "premium" in codes_in_force()
    story.customer.refresh_from_db()
    assert story.customer.profile == "alibaba"
    refused("changed_meanwhile", lambda: move("premium", seen=("alibaba", 7)))
    refused("profile_unchanged", lambda: move("alibaba"))
    moved = move("premium")
    assert (moved.profile, moved.profile_version) == ("premium", 101)
    assert policy_of(moved).deficit_gate == "tax_key"
    log = AuditRecord.objects.get(action="profile_changed", customer=moved)
    assert (log.before, log.after) == (
        {"profile": "alibaba", "version": 1},
        {"profile": "premium", "version": 101},
    )
    Membership.objects.create(user=by, customer=moved, role="viewer")
    refused("four_eyes", lambda: move("baidu", seen=("premium", 101)))


def test_new_rules_hold_at_once_for_held_money_and_auto_invoicing():
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-03-01 09:00")
    order = story.order("300.00", "2026-03-01 10:00")
    story.issue(
        story.ask("2026-03-02 09:00", method="order", sources=(order.number,)), "2026-03-02 10:00"
    )
    refunding.refund_charge(
        charge=Charge.objects.get(order=order),
        amount=yuan("300.00"),
        reason="refund",
        reference="R",
        at=NOON,
    )
    AutoInvoicing.objects.create(
        customer=story.customer, enabled=True, first_period="2026-03", title=story.title,
        kind="general", medium="electronic", changed_at=NOON,
    )  # fmt: skip
    assert Hold.objects.get(lifted_at=None).amount == 300
    scheduled(withdraw_block="all", auto_invoice_day=None)
    put_in_force()
    assert Hold.objects.get(lifted_at=None).amount is None
    auto = AutoInvoicing.objects.get()
    assert (auto.enabled, auto.pause_reason) == (False, "profile_changed")
    assert OutboxMessage.objects.filter(topic="auto_invoicing_paused").exists()


def test_one_customer_with_other_rules_than_its_neighbour_is_billed_by_its_own():
    """Two customers of one profile in two versions are told apart wherever customers are grouped."""
    old = make_story("alibaba")
    scheduled("daily", settlement="daily")
    put_in_force("2026-04-01 00:00")
    new = make_story("daily", profile_version=101)
    for story in (old, new):
        story.recharge("100.00", "2026-04-01 09:00")
        story.use("5.00", "2026-04-01 10:00")
    assert generating.next_close(at("2026-04-01 11:00")) == at("2026-04-02 00:00")
    assert generating.close_months(at=at("2026-04-02 00:00")) == 1
    assert new.customer.bills.get().day == date(2026, 4, 1)
    assert generating.next_close(at("2026-04-02 00:00")) == at("2026-05-03 00:00")

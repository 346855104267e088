"""Versions of profiles: drafted by one person, scheduled by another, in force from a day on.

What was judged before keeps its version: nothing is judged again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import CustomerAccount, Membership, User
from accounts.services.records import record
from finance_console.kernel.calendar import local_time
from finance_console.kernel.errors import DomainError
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy, as_data
from invoicing.domain.profiles.checks import check
from invoicing.domain.profiles.comparing import changed_keys
from invoicing.domain.profiles.overrides import parse
from invoicing.models import ProfileVersion
from invoicing.services.profiles.moves import RULES, move_customers

Status = ProfileVersion.Status


def next_number() -> int:
    """The number for a new draft; no version of any profile has it."""
    newest = ProfileVersion.objects.order_by("-version").values_list("version", flat=True).first()
    return max(newest or 0, profiles.OPERATORS_FROM - 1) + 1


@transaction.atomic
def draft_profile(
    *,
    code: str,
    number: int,
    base: Policy,
    values: Mapping[str, Any],
    effective_from: date,
    by: User,
    at: datetime,
) -> ProfileVersion:
    """A draft of version `number` (see `next_number`) of profile `code`: `base` with `values`.

    An existing code makes a new version of it, another one a profile of its own. Idempotent by
    code and number. Raises `not_permitted`, `four_eyes` for a member of a customer of the profile,
    `profile_value`, `profile_range`, and `changed_meanwhile` when the number is taken.
    """
    _require(by, code)
    policy = _judge(base, code, number, values)
    known = ProfileVersion.objects.filter(code=code, version=number).first()
    if known is not None:
        if known.made_by_id == by.pk and known.data == as_data(policy):
            return known
        raise DomainError("changed_meanwhile")
    if number < profiles.OPERATORS_FROM:
        raise DomainError("changed_meanwhile")
    row = ProfileVersion(
        code=code, version=number, base=base.code, base_version=base.version, made_by=by
    )
    _write(row, base, policy, effective_from, by, at)
    return row


@transaction.atomic
def change_draft(
    *,
    version: ProfileVersion,
    values: Mapping[str, Any],
    effective_from: date,
    by: User,
    at: datetime,
) -> ProfileVersion:
    """Replace what a draft says. Whoever changed it last is its maker: somebody else schedules it.

    Raises `not_permitted`, `four_eyes`, `profile_value`, `profile_range`, and `wrong_state`.
    """
    row = lock(version.pk)
    _require(by, row.code)
    _require_state(row, Status.DRAFT)
    base = profiles.get(row.base, row.base_version)
    _write(row, base, _judge(base, row.code, row.version, values), effective_from, by, at)
    return row


@transaction.atomic
def schedule_profile(*, version: ProfileVersion, by: User, at: datetime) -> ProfileVersion:
    """Let a draft come into force on its day; from now on it cannot change (2.2, R42).

    Raises `not_permitted`, `wrong_state`, `four_eyes` for its maker and for a member of a customer
    of the profile, `profile_date_past`, and `profile_date_taken`.
    """
    row = lock(version.pk)
    _require(by, row.code)
    _require_state(row, Status.DRAFT)
    if row.made_by_id == by.pk:
        raise DomainError("four_eyes")
    if row.effective_from is None or row.effective_from < local_day(at):
        raise DomainError("profile_date_past")
    same_day = ProfileVersion.objects.filter(
        code=row.code, status=Status.SCHEDULED, effective_from=row.effective_from
    )
    if other := same_day.first():
        raise DomainError("profile_date_taken", version=other.version)
    row.schedule(by=by, at=at)
    row.save()
    _record("profile_scheduled", row, by, at)
    return row


@transaction.atomic
def drop_profile(*, version: ProfileVersion, by: User, at: datetime) -> ProfileVersion:
    """Give up a draft, or a scheduled version before its day.

    Raises `not_permitted`, `four_eyes` for a member of a customer of the profile, `wrong_state`.
    """
    row = lock(version.pk)
    _require(by, row.code)
    _require_state(row, Status.DRAFT, Status.SCHEDULED)
    row.drop()
    row.save(update_fields=["status"])
    _record("profile_dropped", row, by, at)
    return row


def put_profiles_in_force(*, at: datetime) -> int:
    """Put every version in force whose day has begun, and move the customers of its profile to it.

    In order of their days, a transaction each; safe twice, late, and in parallel. A customer that
    was opened or moved while that happened follows the next time. Returns how many versions.
    """
    due = _scheduled().filter(effective_from__lte=local_day(at))
    ids = list(due.order_by("effective_from", "version").values_list("pk", flat=True))
    put = sum(_put_in_force(pk, at) for pk in ids)
    for code, version in _in_force():
        if CustomerAccount.objects.filter(profile=code).exclude(profile_version=version).exists():
            _follow(code, version, at)
    return put


def next_in_force() -> datetime | None:
    """The moment at which the next scheduled version comes into force: past, or future."""
    first = _scheduled().order_by("effective_from").values_list("effective_from", flat=True).first()
    return local_time(first, 0, timezone.get_default_timezone()) if first else None


def local_day(at: datetime) -> date:
    """The day `at` falls on where the deployment is (`TIME_ZONE`)."""
    return at.astimezone(timezone.get_default_timezone()).date()


def lock(pk: int) -> ProfileVersion:
    """The version, locked until the transaction ends."""
    return ProfileVersion.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)


@transaction.atomic
def _put_in_force(pk: int, at: datetime) -> bool:
    code, version = ProfileVersion.objects.values_list("code", "version").get(pk=pk)
    customers = move_customers(code=code, version=version, at=at, unless=lambda: _is_done(pk))
    if customers is None:
        return False
    row = lock(pk)
    row.put_in_force(at=at)
    row.save(update_fields=["status", "in_force_at"])
    _record("profile_in_force", row, None, at, customers=customers)
    return True


def _is_done(pk: int) -> bool:
    return lock(pk).status != Status.SCHEDULED


@transaction.atomic
def _follow(code: str, version: int, at: datetime) -> None:
    move_customers(code=code, version=version, at=at)


def _scheduled() -> QuerySet[ProfileVersion]:
    return ProfileVersion.objects.filter(status=Status.SCHEDULED)


def _in_force() -> list[tuple[str, int]]:
    """The version of operators that each code is at, by code."""
    rows = ProfileVersion.objects.filter(status=Status.IN_FORCE)
    newest = rows.order_by("code", "-effective_from", "-in_force_at", "-version").distinct("code")
    return list(newest.values_list("code", "version"))


def _judge(base: Policy, code: str, number: int, values: Mapping[str, Any]) -> Policy:
    try:
        changes = parse(base, values)
    except ValueError as error:
        raise DomainError("profile_value", key="", problem=str(error)) from None
    policy = replace(base, code=code, version=number, effective_from=None, **changes)
    check(policy)
    return policy


def _write(
    row: ProfileVersion, base: Policy, policy: Policy, effective_from: date, by: User, at: datetime
) -> None:
    row.data, row.changes = as_data(policy), changed_keys(base, policy)
    row.effective_from, row.made_by, row.made_at = effective_from, by, at
    row.save()


def _require(by: User, code: str) -> None:
    """The right to change rules, and nothing to gain from these."""
    if not (by.is_active and by.has_perm(RULES)):
        raise DomainError("not_permitted")
    if Membership.objects.filter(user=by, customer__profile=code).exists():
        raise DomainError("four_eyes")


def _require_state(row: ProfileVersion, *states: str) -> None:
    if row.status not in states:
        raise DomainError("wrong_state", state=row.get_status_display())


def _record(action: str, row: ProfileVersion, by: User | None, at: datetime, **more: Any) -> None:
    record(
        customer=None,
        actor=by,
        action=action,
        about=str(row),
        before={},
        after={"changes": row.changes, "effective_from": f"{row.effective_from}", **more},
        at=at,
    )

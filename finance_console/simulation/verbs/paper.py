"""Verbs about paper: apply, review, issue, auto-invoicing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission

from accounts.models import CustomerAccount, RecipientEmail, User
from finance_console.kernel.errors import DomainError
from finance_console.kernel.money import parse_amount
from finance_console.simulation.language import (
    Answer,
    choice,
    flag,
    list_of,
    month,
    new_ref,
    number,
    optional,
    position,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story, fresh, yuan
from invoicing.channels import SandboxChannel
from invoicing.domain import eligibility, remarks
from invoicing.models import InvoiceApplication, InvoiceTitle
from invoicing.queries.policies import policy_of
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from invoicing.services.auto import settings
from invoicing.services.issuing import invoices as issuing
from invoicing.services.reviewing import deciding
from ledger.models import Bill, Order

STAFF_RIGHTS = ("review_application", "decide_credit")
KIND = choice(*InvoiceApplication.Kind.values)
MEDIUM = choice(*InvoiceApplication.Medium.values)


ASK = {
    "account": required(thing("account")),
    "method": required(choice(*InvoiceApplication.Method.values)),
    "orders": optional(list_of(thing("order_or_bill")), ()),
    "months": optional(list_of(month), ()),
    "amount": optional(number),
    "title": optional(thing("title")),
    "kind": optional(KIND, "general"),
    "medium": optional(MEDIUM),
    "separate": optional(flag, False),
    "members": optional(list_of(thing("account")), ()),
    "remarks": optional(text),
    "remark_parts": optional(list_of(choice(*remarks.PARTS))),
    "model": optional(choice(*InvoiceApplication.Model.values), "blank"),
    "idempotency_key": optional(text),
    "plan": optional(text),
    "confirm_amount": optional(number),
}
"""The fields of `apply`, which `preview` shares."""


def ask_of(
    *,
    account: CustomerAccount,
    method: str,
    orders: Sequence[Order | Bill],
    months: tuple[str, ...],
    amount: Decimal | None,
    title: InvoiceTitle | None,
    kind: str,
    medium: str | None,
    separate: bool,
    members: Sequence[CustomerAccount],
    remarks: str | None,
    remark_parts: tuple[str, ...] | None,
    model: str,
) -> Ask:
    """The wish that a line describes. An amount with too many decimals is refused.

    `separate` keeps apart whatever the line puts together: the accounts, and the months.
    """
    return Ask(
        method=method,
        sources=tuple(order.number for order in orders),
        months=months,
        amount=None if amount is None else parse_amount(str(amount), account.currency),
        kind=kind,
        medium=medium,
        separate=separate and (not members or method == InvoiceApplication.Method.MONTH),
        members=tuple(member.pk for member in members),
        by_member=separate and bool(members),
        model=model,
        title_id=title.pk if title else None,
        remarks=remarks,
        remark_parts=remark_parts,
    )


@verb("apply", ref=required(new_ref), **ASK)
def apply(
    story: Story,
    *,
    ref: str,
    account: CustomerAccount,
    idempotency_key: str | None,
    plan: str | None,
    confirm_amount: Decimal | None,
    **wish: Any,
) -> Answer:
    """With an idempotency key the same line again is the same application, under the same name."""
    application = applying.submit(
        customer=account,
        ask=ask_of(account=account, **wish),
        at=story.now,
        actor=clerk_of(account),
        idempotency_key=idempotency_key or story.number("KEY"),
        plan_hash=plan,
        confirm_amount=confirm_amount,
    )
    story.name("application", ref, application)
    invoices = application.invoices.select_related("application").order_by("position")
    return {
        "application": ref,
        "total": yuan(application.total.amount),
        "invoices": [story.ref_of(invoice) for invoice in invoices],
    }


def clerk_of(account: CustomerAccount) -> User | None:
    """The person who acts for the account in a story."""
    return account.users.order_by("pk").first()


def reviewer_named(story: Story, name: str) -> User:
    """The member of staff of that name who may review; made at first use."""
    user, made = User.objects.get_or_create(
        username=f"{story.prefix}{name}", defaults={"is_staff": True}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.user_permissions.add(*Permission.objects.filter(codename__in=STAFF_RIGHTS))
    return user


DECISION = {
    "application": required(thing("application")),
    "reviewer": optional(text, "reviewer"),
    "reason": optional(text, ""),
}


def _status(application: InvoiceApplication) -> Answer:
    return {"status": fresh(application).status}


@verb("claim", **DECISION)
def claim(story: Story, *, application: InvoiceApplication, reviewer: str, reason: str) -> Answer:
    who = reviewer_named(story, reviewer)
    return _status(deciding.claim(application=application, reviewer=who, at=story.now))


@verb("approve", **DECISION)
def approve(story: Story, *, application: InvoiceApplication, reviewer: str, reason: str) -> Answer:
    who = reviewer_named(story, reviewer)
    return _status(deciding.approve(application=application, reviewer=who, at=story.now))


@verb("reject", **DECISION)
def reject(story: Story, *, application: InvoiceApplication, reviewer: str, reason: str) -> Answer:
    who = reviewer_named(story, reviewer)
    return _status(
        deciding.reject(application=application, reviewer=who, reason=reason, at=story.now)
    )


@verb("cancel", **DECISION)
def cancel(story: Story, *, application: InvoiceApplication, reviewer: str, reason: str) -> Answer:
    """The customer's own person takes it back."""
    clerk = application.customer.users.order_by("pk").get()
    return _status(deciding.withdraw(application=application, actor=clerk, at=story.now))


@verb(
    "issue",
    application=required(thing("application")),
    refuse=optional(list_of(position), ()),
    timeout=optional(list_of(position), ()),
)
def issue(
    story: Story, *, application: InvoiceApplication, refuse: Sequence[int], timeout: Sequence[int]
) -> Answer:
    """Issues now what is approved; what the sandbox channel refuses is tried again later.

    What it lets time out it has issued, only nobody knows: the next try gets the same number.
    """
    channel = SandboxChannel(refuse=refuse, timeout=timeout)
    issued = issuing.issue_application(application=application, at=story.now, channel=channel)
    numbers = issued.invoices.filter(number__isnull=False).order_by("position")
    return _status(issued) | {"numbers": list(numbers.values_list("number", flat=True))}


def _email(value: Any, story: Story) -> str:
    """An email that the story named, or the address itself."""
    written = text(value, story)
    known = story.known("email", written)
    if isinstance(known, RecipientEmail):
        return known.email
    if "@" not in written:
        raise Malformed(f'there is no email "{written}"')
    return written


@verb(
    "auto_invoicing",
    account=required(thing("account")),
    enabled=required(flag),
    title=optional(thing("title")),
    kind=optional(KIND, "general"),
    medium=optional(MEDIUM),
    email=optional(_email, ""),
)
def switch_auto_invoicing(
    story: Story,
    *,
    account: CustomerAccount,
    enabled: bool,
    title: InvoiceTitle | None,
    kind: str,
    medium: str | None,
    email: str,
) -> Answer:
    if not enabled:
        settings.disable(customer=account, at=story.now)
        return {}
    title = title or account.titles.order_by("-is_default", "pk").first()
    if title is None:
        raise DomainError("title_missing")
    settings.enable(
        customer=account,
        title=title,
        kind=kind,
        medium=eligibility.choose_medium(policy_of(account), kind, medium),
        recipient_email=email,
        at=story.now,
    )
    return {}

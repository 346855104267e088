"""What new rules would mean for the customers that get them: counted in a bounded number of queries."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import ngettext

from accounts.models import Certification, CustomerAccount
from finance_console.kernel.errors import DomainError
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import title_allowed
from invoicing.models import (
    AutoInvoicing,
    InvoiceableItem,
    InvoiceApplication,
    InvoiceTitle,
    TitleApplication,
)
from ledger.models import UsageRecord

Customers = QuerySet[CustomerAccount]
MOST_TITLES = 5000
PENDING = (InvoiceApplication.Status.PENDING_APPROVAL, InvoiceApplication.Status.APPROVED)


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence in words, with how many it concerns; `at_least`: counting stopped there."""

    words: str
    count: int
    at_least: bool = False


def pending_applications(customers: Customers) -> QuerySet[InvoiceApplication]:
    """Applications in work: they keep the rules that they were made under."""
    return InvoiceApplication.objects.filter(customer__in=customers, status__in=PENDING)


def effects(customers: Customers, old: Policy, new: Policy) -> list[Effect]:
    """What changes at once for these customers when `old` becomes `new`; nothing with a count of 0.

    At most six queries, however many customers there are.
    """
    judged = [effect for judge in JUDGES if (effect := judge(customers, old, new)) is not None]
    return [effect for effect in judged if effect.count]


def _auto_day(customers: Customers, old: Policy, new: Policy) -> Effect | None:
    if old.auto_invoice_day == new.auto_invoice_day:
        return None
    on = AutoInvoicing.objects.filter(customer__in=customers, enabled=True).count()
    if new.auto_invoice_day is None:
        words = ngettext(
            "%(count)d customer loses auto-invoicing: it is paused, and told so.",
            "%(count)d customers lose auto-invoicing: it is paused, and they are told so.",
            on,
        )
    else:
        words = ngettext(
            "%(count)d customer is invoiced automatically on another day.",
            "%(count)d customers are invoiced automatically on another day.",
            on,
        )
    return _effect(words, on)


def _auto_medium(customers: Customers, old: Policy, new: Policy) -> Effect | None:
    if old.media == new.media:
        return None
    lost = Q(pk__in=[])
    for kind, media in old.media.items():
        lost |= Q(kind=kind, medium__in=set(media) - set(new.media[kind]))
    on = AutoInvoicing.objects.filter(lost, customer__in=customers, enabled=True).count()
    words = ngettext(
        "Auto-invoicing of %(count)d customer uses a medium that is not offered any more.",
        "Auto-invoicing of %(count)d customers uses a medium that is not offered any more.",
        on,
    )
    return _effect(words, on)


def _titles(customers: Customers, old: Policy, new: Policy) -> Effect | None:
    """Titles that could be used and cannot any more. At most `MOST_TITLES` are looked at."""
    before = (old.individual_title, old.enterprise_title)
    if before == (new.individual_title, new.enterprise_title):
        return None
    newest = Certification.objects.filter(customer=OuterRef("customer")).order_by("-version")
    granted = TitleApplication.objects.filter(
        customer=OuterRef("customer"),
        status=TitleApplication.Status.APPROVED,
        name=OuterRef("name"),
        tax_id=OuterRef("tax_id"),
    )
    titles = (
        InvoiceTitle.objects.filter(customer__in=customers)
        .annotate(
            certified=Subquery(newest.values("name")[:1]),
            certified_kind=Subquery(newest.values("kind")[:1]),
            granted=Exists(granted),
        )
        .exclude(certified=None)
        .exclude(certified=F("name"))
        .values_list("certified_kind", "certified", "name", "type", "granted")
    )
    rows = list(titles[: MOST_TITLES + 1])
    lost = sum(_allowed(old, row) and not _allowed(new, row) for row in rows[:MOST_TITLES])
    words = ngettext(
        "%(count)d title could not be used any more.",
        "%(count)d titles could not be used any more.",
        lost,
    )
    return _effect(words, lost, at_least=len(rows) > MOST_TITLES)


def _allowed(policy: Policy, row: tuple[str, str, str, str, bool]) -> bool:
    kind, certified, name, title_type, granted = row
    approved = [name] if granted and kind == InvoiceTitle.Type.INDIVIDUAL else []
    try:
        title_allowed(policy, kind, certified, name, title_type=title_type, approved=approved)
    except DomainError:
        return False
    return True


def _deficits(customers: Customers, old: Policy, new: Policy) -> Effect | None:
    keys = ("offset_key", "offset_timing", "deficit_gate", "withdraw_block")
    if all(getattr(old, key) == getattr(new, key) for key in keys):
        return None
    owing = Exists(InvoiceableItem.objects.filter(customer=OuterRef("pk"), net__lt=0))
    count = customers.filter(owing).count()
    words = ngettext(
        "%(count)d customer has a refund of something invoiced: the new rules hold for it.",
        "%(count)d customers have a refund of something invoiced: the new rules hold for it.",
        count,
    )
    return _effect(words, count)


def _unbilled(customers: Customers, old: Policy, new: Policy) -> Effect | None:
    if (old.settlement, old.bill_day) == (new.settlement, new.bill_day):
        return None
    using = Exists(UsageRecord.objects.filter(customer=OuterRef("pk"), bill_line=None))
    count = customers.filter(using).count()
    words = ngettext(
        "%(count)d customer has usage on no bill yet: it is billed on the new day.",
        "%(count)d customers have usage on no bill yet: it is billed on the new day.",
        count,
    )
    return _effect(words, count)


def _effect(words: str, count: int, *, at_least: bool = False) -> Effect:
    return Effect(words % {"count": count}, count, at_least)


JUDGES: tuple[Callable[[Customers, Policy, Policy], Effect | None], ...] = (
    _auto_day,
    _auto_medium,
    _titles,
    _deficits,
    _unbilled,
)

"""All that a month of auto-invoicing depends on, loaded for many customers in a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.models import Address, Certification, CustomerAccount, RecipientEmail
from accounts.services.recipients import printed
from finance_console.kernel.money import ZERO
from invoicing.domain.planning import Candidate, DeficitItem, TaxKey
from invoicing.models import (
    AutoInvoicing,
    InvoiceableItem,
    InvoiceApplication,
    InvoiceTitle,
    TitleApplication,
)
from invoicing.title_queries import Granted
from ledger.models import TaxCategory


@dataclass(slots=True, kw_only=True)
class Facts:
    """One customer: settings, who it is, where invoices go, the month's open items, its deficits.

    `emails`: the default first. `available`: what the account can count on, deficits counted; None
    without a deficit. `taken`: something of the month was invoiced already.
    """

    customer: CustomerAccount
    settings: AutoInvoicing
    certification: Certification | None = None
    granted: Granted = frozenset()
    emails: list[str] = field(default_factory=list)
    address: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    deficits: list[DeficitItem] = field(default_factory=list)
    available: Decimal | None = None
    taken: bool = False

    @property
    def total(self) -> Decimal:
        """What is open of the month."""
        return sum((one.amount for one in self.candidates), ZERO)


class Catalogue:
    """Tax categories, read once each: the same few stand on everybody's items."""

    def __init__(self) -> None:
        self.categories: dict[int, TaxCategory] = {}
        self._keys: dict[int, TaxKey] = {}

    def learn(self, ids: Iterable[int]) -> None:
        """Read those of `ids` that are not known yet."""
        missing = set(ids) - self.categories.keys()
        if missing:
            known = TaxCategory.objects.select_related("entity")
            self.categories |= known.in_bulk(missing)

    def key(self, category_id: int) -> TaxKey:
        """The tax key of a category that was learnt."""
        if category_id not in self._keys:
            category = self.categories[category_id]
            self._keys[category_id] = TaxKey(
                category_id=category.pk,
                entity_id=category.entity_id,
                tax_code=category.code,
                content=category.content,
                rate=category.rate,
            )
        return self._keys[category_id]


def load(
    *,
    customers: Iterable[CustomerAccount],
    period: str,
    at: datetime,
    one_a_month: bool,
    catalogue: Catalogue,
    on: bool = True,
) -> list[Facts]:
    """The facts of each customer that has settings (`on`: that are on), as of `at`, in order of id.

    Nine queries at most, however many customers. `one_a_month`: the profile invoices a month once.
    """
    by_id = {customer.pk: customer for customer in customers}
    settings = AutoInvoicing.objects.filter(customer__in=by_id).select_related("title")
    if on:
        settings = settings.filter(enabled=True, first_period__lte=period)
    facts = {
        row.customer_id: Facts(customer=by_id[row.customer_id], settings=row)
        for row in settings.order_by("customer")
    }
    _identify(facts)
    _address(facts)
    _items(facts, period, at, catalogue)
    _deficits(facts, at, catalogue)
    if one_a_month:
        items = InvoiceableItem.objects.filter(customer__in=facts, period=period)
        taken = items.exclude(reserved=0, invoiced=0).values_list("customer", flat=True)
        for customer_id in taken.distinct():
            facts[customer_id].taken = True
    return list(facts.values())


def _identify(facts: Mapping[int, Facts]) -> None:
    """The certification in force, and the corporate titles that individuals may use."""
    newest = Certification.objects.filter(customer__in=facts).order_by("customer", "-version")
    for row in newest.distinct("customer"):
        facts[row.customer_id].certification = row
    people = [
        one.customer.pk
        for one in facts.values()
        if one.customer.kind == InvoiceTitle.Type.INDIVIDUAL
    ]
    granted: dict[int, set[tuple[str, str]]] = defaultdict(set)
    if people:
        approved = TitleApplication.Status.APPROVED
        rows = TitleApplication.objects.filter(customer__in=people, status=approved)
        for customer_id, name, tax_id in rows.values_list("customer", "name", "tax_id"):
            granted[customer_id].add((name, tax_id))
    for customer_id, titles in granted.items():
        facts[customer_id].granted = frozenset(titles)


def _address(facts: Mapping[int, Facts]) -> None:
    """Where electronic invoices go, and for paper the default mailing address."""
    order = ("customer", "-is_default", "pk")
    emails = RecipientEmail.objects.filter(customer__in=facts).order_by(*order)
    for customer_id, email in emails.values_list("customer", "email"):
        facts[customer_id].emails.append(email)
    paper = InvoiceApplication.Medium.PAPER
    mailed = [key for key, one in facts.items() if one.settings.medium == paper]
    if mailed:
        rows = Address.objects.filter(customer__in=mailed).order_by(*order).distinct("customer")
        for row in rows:
            facts[row.customer_id].address = printed(row)


def _items(facts: Mapping[int, Facts], period: str, at: datetime, catalogue: Catalogue) -> None:
    """The month's own items with something open, oldest first."""
    rows = list(
        InvoiceableItem.objects.filter(
            customer__in=facts,
            period=period,
            marketplace=False,
            net__gt=0,
            available_at__lte=at,
        )
        .order_by("paid_at", "pk")
        .values_list("pk", "customer_id", "tax_category_id", "net", "paid_at")
    )
    catalogue.learn({row[2] for row in rows})
    for item_id, customer_id, category_id, net, paid_at in rows:
        facts[customer_id].candidates.append(
            Candidate(
                item_id=item_id,
                key=catalogue.key(category_id),
                amount=net,
                paid_at=paid_at,
                period=period,
                media=catalogue.categories[category_id].entity.media,
            )
        )


def _deficits(facts: Mapping[int, Facts], at: datetime, catalogue: Catalogue) -> None:
    """Deficits, and for those customers what the account can count on; the others owe nothing."""
    rows = list(
        InvoiceableItem.objects.filter(customer__in=facts, net__lt=0)
        .order_by("paid_at", "pk")
        .values_list("pk", "customer_id", "tax_category_id", "net", "paid_at")
    )
    catalogue.learn({row[2] for row in rows})
    for item_id, customer_id, category_id, net, paid_at in rows:
        facts[customer_id].deficits.append(
            DeficitItem(
                item_id=item_id, key=catalogue.key(category_id), amount=-net, occurred_at=paid_at
            )
        )
    owing = {row[1] for row in rows}
    if not owing:
        return
    counted = Q(net__lt=0) | Q(net__gt=0, available_at__lte=at)
    own = InvoiceableItem.objects.filter(counted, customer__in=owing, marketplace=False)
    for customer_id, available in own.order_by().values_list("customer").annotate(sum=Sum("net")):
        facts[customer_id].available = available

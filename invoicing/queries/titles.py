"""What the titles page and the check of a title read: granted titles, and what uses a title or recipient."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from accounts.models import Certification, CustomerAccount
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import COMPANIES, DEFAULT_INDIVIDUAL, normalise, title_allowed
from invoicing.models import (
    AutoInvoicing,
    InvoiceApplication,
    InvoiceTitle,
    TitleApplication,
)
from ledger.ports.payout import BankAccount

Granted = frozenset[tuple[str, str]]
"""Names and tax IDs of corporate titles that an individual may use."""


def granted_titles(customer: CustomerAccount) -> Granted:
    """What title applications of an individual were approved for (A11). At most one query."""
    if customer.kind != InvoiceTitle.Type.INDIVIDUAL:
        return frozenset()
    rows = TitleApplication.objects.filter(
        customer=customer, status=TitleApplication.Status.APPROVED
    )
    return frozenset(rows.values_list("name", "tax_id"))


def asks_as(
    customer: CustomerAccount, certification: Certification | None, policy: Policy
) -> Certification | None:
    """As whom the customer asks: certified, or as the account says where the profile wants no certification (K09)."""
    if certification is not None or policy.certified_first:
        return certification
    return Certification(customer=customer, kind=customer.kind, name=customer.name)


def check_title(
    policy: Policy, certification: Certification, title: InvoiceTitle, granted: Granted
) -> None:
    """Raises `title_mismatch` or `title_not_approved` when the profile does not allow the title.

    A granted title counts with the tax ID it was granted with.
    """
    title_allowed(
        policy,
        certification.kind,
        certification.name,
        title.name,
        title_type=title.type,
        approved=[name for name, tax_id in granted if tax_id == title.tax_id],
    )


def outdated_titles(
    customer: CustomerAccount, certification: Certification | None
) -> list[InvoiceTitle]:
    """Titles that carry an earlier certified name, or details that differ from today's (A07).

    Granted titles of other companies are left alone.
    """
    if certification is None:
        return []
    versions = list(customer.certifications.order_by("version"))
    names = {normalise(version.name) for version in versions}
    if certification.kind in COMPANIES:
        names.update(DEFAULT_INDIVIDUAL)
    own = InvoiceTitle.objects.filter(customer=customer, approved_by=None).order_by("pk")
    return [
        title
        for title in own
        if normalise(title.name) in names and facts(title) != certified_facts(certification)
    ]


def facts(title: InvoiceTitle) -> tuple[str, str, str]:
    """What of a title comes from a certification; the tax ID counts for companies."""
    return (title.type, title.name, title.tax_id if title.type in COMPANIES else "")


def certified_facts(certification: Certification) -> tuple[str, str, str]:
    """The same of a certification, comparable."""
    tax_id = certification.tax_id if certification.kind in COMPANIES else ""
    return (certification.kind, certification.name, tax_id)


@dataclass(frozen=True, slots=True)
class Uses:
    """How often each title, email and address of a customer stands on its applications.

    Keys: name and tax ID of a title; an email; an address as it is printed.
    """

    titles: Mapping[tuple[str, str], int]
    emails: Mapping[str, int]
    addresses: Mapping[str, int]
    auto: AutoInvoicing | None

    def of_title(self, title: InvoiceTitle) -> int:
        return self.titles[title.name, title.tax_id]

    def by_auto(self, title: InvoiceTitle) -> bool:
        """Auto-invoicing is set up with it, whether it is on or off now."""
        return self.auto is not None and self.auto.title_id == title.pk


def uses(customer: CustomerAccount) -> Uses:
    """What the customer's applications and auto-invoicing use. Four queries."""
    rows = InvoiceApplication.objects.filter(customer=customer)

    def counted(*fields: str) -> Counter:
        times_used = rows.values(*fields).annotate(times=Count("pk")).order_by()
        return Counter({tuple(row[name] for name in fields): row["times"] for row in times_used})

    emails, addresses = counted("recipient_email"), counted("mailing_address")
    return Uses(
        titles=counted("buyer__name", "buyer__tax_id"),
        emails=Counter({email: times for (email,), times in emails.items()}),
        addresses=Counter({address: times for (address,), times in addresses.items()}),
        auto=AutoInvoicing.objects.filter(customer=customer).first(),
    )


def certified_account(customer: CustomerAccount) -> BankAccount | None:
    """The bank account on a title of the customer's certified name, the default title first."""
    certified = customer.certifications.order_by("-version").first()
    if certified is None:
        return None
    titles = InvoiceTitle.objects.filter(customer=customer, name=certified.name)
    named = titles.exclude(bank="").exclude(bank_account="").order_by("-is_default", "pk").first()
    return BankAccount(named.name, named.bank, named.bank_account) if named else None

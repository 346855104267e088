"""What the terms of applications are judged by, loaded for one customer or for many alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from accounts.models import Address, Certification, CustomerAccount, RecipientEmail
from accounts.services.recipients import printed
from invoicing.models import InvoiceTitle, TitleApplication
from invoicing.queries.titles import Granted


@dataclass(slots=True, kw_only=True)
class Applicant:
    """Who asks, as what, and where invoices can go.

    `certification` is the one in force; `granted`: see `queries.titles`; `titles` and `emails`: the
    default first; `address`: the default mailing address as it is printed.
    """

    customer: CustomerAccount
    certification: Certification | None = None
    granted: Granted = frozenset()
    titles: list[InvoiceTitle] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    address: str = ""


def load_applicants(
    customers: Iterable[CustomerAccount], *, mailed: Collection[int]
) -> dict[int, Applicant]:
    """Each of the customers by id, without titles; `mailed`: those whose mailing address matters.

    Four queries at most, however many customers.
    """
    applicants_by_customer = {customer.pk: Applicant(customer=customer) for customer in customers}
    newest = Certification.objects.filter(customer__in=applicants_by_customer).order_by(
        "customer", "-version"
    )
    for certification in newest.distinct("customer"):
        applicants_by_customer[certification.customer_id].certification = certification
    for customer_id, titles in _granted(applicants_by_customer.values()).items():
        applicants_by_customer[customer_id].granted = frozenset(titles)
    order = ("customer", "-is_default", "pk")
    emails = RecipientEmail.objects.filter(customer__in=applicants_by_customer).order_by(*order)
    for customer_id, email in emails.values_list("customer", "email"):
        applicants_by_customer[customer_id].emails.append(email)
    if mailed:
        addresses = Address.objects.filter(customer__in=mailed).order_by(*order)
        for address in addresses.distinct("customer"):
            applicants_by_customer[address.customer_id].address = printed(address)
    return applicants_by_customer


def _granted(applicants: Iterable[Applicant]) -> dict[int, set[tuple[str, str]]]:
    """The corporate titles that individuals may use (A11)."""
    individual = InvoiceTitle.Type.INDIVIDUAL
    people = [
        applicant.customer.pk for applicant in applicants if applicant.customer.kind == individual
    ]
    granted: dict[int, set[tuple[str, str]]] = defaultdict(set)
    if people:
        approved = TitleApplication.Status.APPROVED
        rows = TitleApplication.objects.filter(customer__in=people, status=approved)
        for customer_id, name, tax_id in rows.values_list("customer", "name", "tax_id"):
            granted[customer_id].add((name, tax_id))
    return granted

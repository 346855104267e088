"""Verbs about who the customer is: account, certification, titles, addresses, emails."""

from accounts.models import Address, CustomerAccount, Membership, RecipientEmail, User
from accounts.services import recipients
from accounts.services.customers import opening
from accounts.services.requests import certifying
from finance_console.kernel.money import CURRENCIES
from finance_console.simulation.language import (
    Answer,
    choice,
    flag,
    new_ref,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import Malformed, Story
from invoicing.models import InvoiceTitle
from invoicing.services.titles import keeping

TAX_ID = "91330106MA2CFLT7XP"
TITLE = {
    "address": "1 River Road",
    "phone": "0571-5555 0101",
    "bank": "Harbour Bank",
    "bank_account": "6200000000000001",
}
KIND = choice(*CustomerAccount.Kind.values)


@verb(
    "account",
    ref=required(new_ref),
    profile=optional(text, "standard"),
    kind=optional(KIND, "enterprise"),
    name=optional(text),
    tax_id=optional(text, TAX_ID),
    region=optional(text, "CN"),
    currency=optional(choice(*CURRENCIES), "CNY"),
    parent=optional(thing("account")),
    certified=optional(flag, True),
)
def account(
    story: Story,
    *,
    ref: str,
    profile: str,
    kind: str,
    name: str | None,
    tax_id: str,
    region: str,
    currency: str,
    parent: CustomerAccount | None,
    certified: bool,
) -> Answer:
    """A customer with all it needs to invoice, and a person who acts for it."""
    story.require_new("account", ref)
    name = name or ref
    try:
        customer = opening.open_customer(
            code=story.number("C"),
            name=name,
            kind=kind,
            profile=profile,
            region=region,
            currency=currency,
            parent=parent,
            at=story.now,
        )
    except LookupError as error:
        raise Malformed(str(error)) from None
    clerk = User.objects.create_user(story.number("clerk"))
    opening.add_member(customer=customer, user=clerk, role=Membership.Role.FINANCE)
    if certified:
        certifying.certify(customer=customer, kind=kind, name=name, tax_id=tax_id, at=story.now)
    fields = {"type": kind, "name": name, "tax_id": tax_id, **TITLE}
    first = customer.titles.first()  # certifying adds one of the certified name
    keeping.save_title(
        customer=customer,
        fields=fields,
        is_default=True,
        by=None,
        at=story.now,
        title_id=first.pk if first else None,
    )
    recipients.add_address(
        customer=customer,
        recipient=name[:60],
        phone="13800000000",
        line="1 River Road",
        postcode="",
        is_default=True,
    )
    recipients.add_email(
        customer=customer, email=f"finance@{customer.code.lower()}.example", is_default=True
    )
    story.name("account", ref, customer)
    return {}


@verb(
    "title",
    ref=required(new_ref),
    account=required(thing("account")),
    type=required(choice(*InvoiceTitle.Type.values)),
    name=required(text),
    tax_id=optional(text, ""),
    address=optional(text, ""),
    phone=optional(text, ""),
    bank=optional(text, ""),
    bank_account=optional(text, ""),
    default=optional(flag, False),
)
def title(
    story: Story,
    *,
    ref: str,
    account: CustomerAccount,
    type: str,  # noqa: A002
    name: str,
    default: bool,
    **details: str,
) -> Answer:
    story.require_new("title", ref)
    fields = {"type": type, "name": name, **details}
    made = keeping.save_title(
        customer=account, fields=fields, is_default=default, by=None, at=story.now
    )
    story.name("title", ref, made)
    return {}


@verb(
    "address",
    ref=required(new_ref),
    account=required(thing("account")),
    recipient=optional(text, "Li Ming"),
    phone=optional(text, "13800000001"),
    line=optional(text, "2 River Road"),
    postcode=optional(text, ""),
    default=optional(flag, False),
)
def address(
    story: Story, *, ref: str, account: CustomerAccount, default: bool, **fields: str
) -> Answer:
    story.require_new("address", ref)
    made: Address = recipients.add_address(customer=account, is_default=default, **fields)
    story.name("address", ref, made)
    return {}


@verb(
    "email",
    ref=required(new_ref),
    account=required(thing("account")),
    email=optional(text),
    default=optional(flag, False),
)
def email(
    story: Story, *, ref: str, account: CustomerAccount, email: str | None, default: bool
) -> Answer:
    story.require_new("email", ref)
    made: RecipientEmail = recipients.add_email(
        customer=account,
        email=email or f"{story.number('mail').lower()}@customer.example",
        is_default=default,
    )
    story.name("email", ref, made)
    return {}

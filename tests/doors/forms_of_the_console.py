"""Every form of the console, ready to be sent: by the name of its address, the customer, where, and what is filled in."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.messages.outbox import relay
from accounts.models import Certification, RecipientEmail
from accounts.services import tickets
from accounts.services.requests.certifying import request_certification
from invoicing.models import (
    Invoice,
    InvoiceApplication,
    Offset,
    Proforma,
    TitleApplication,
)
from invoicing.services.auto import settings as auto_invoicing
from invoicing.services.crediting.requests import request_credit
from invoicing.services.deficits.offsetting import offset_now
from invoicing.services.overseas.proforma import request_proforma
from invoicing.services.shipping import sending
from ledger.models import Bill, Payment
from ledger.services.funds import redeeming
from ledger.services.recharges import online
from tests.accounts.pictures import PDF
from tests.builders import Story, at, make_story, make_user, yuan
from tests.doors.console import NOW, Browser, fields
from tests.doors.test_console_auto import chosen, family, of_members, switch_on
from tests.doors.test_console_offsets import owing
from tests.doors.test_console_orders import place

TAX_ID, OTHER_ID = "91330106MA2CFLT7XP", "91110108MA0123456G"
Sent = tuple[str, dict[str, Any]]
Filled = Callable[[Browser], Sent]
Form = Callable[[], tuple[Story, Filled]]


def at_home(profile: str = "standard") -> Story:
    story = make_story(profile)
    story.recharge("1000.00", "2026-03-01 09:00")
    story.order("600.00", "2026-03-01 10:00")
    return story


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.pdf", PDF, content_type="application/pdf")


def plain(path: str, **typed: Any) -> tuple[Story, Filled]:
    """A form whose page carries nothing but what is typed."""
    return at_home(), lambda _client: (path, typed)


def shown(
    page: str, to: str = "", story: Story | None = None, **typed: Any
) -> tuple[Story, Filled]:
    """A form as its page shows it, and what is typed into it."""
    return story or at_home(), lambda client: (to or page, {**fields(client.get(page)), **typed})


def inbox() -> tuple[Story, Filled]:
    story = at_home()
    story.issue(story.ask("2026-03-19 09:00", amount="50.00"), "2026-03-19 10:00")
    relay(at=NOW)
    return story, lambda _client: ("inbox/read/", {})


def certifying(page: str, **typed: Any) -> tuple[Story, Filled]:
    return plain(page, documents=scan(), **typed)


def certification_asked() -> tuple[Story, Filled]:
    story = at_home()
    asked = request_certification(
        customer=story.customer, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID, by=story.user,
        idempotency_key="K", at=NOW,
    )  # fmt: skip
    return story, lambda _client: (f"certification/{asked.pk}/cancel/", {})


def ticket(path: str, **typed: Any) -> tuple[Story, Filled]:
    story = at_home()
    opened = tickets.open_ticket(
        customer=story.customer, topic="other", subject="Late", text="When?", by=story.user, idempotency_key="K", at=NOW
    )  # fmt: skip
    return story, lambda _client: (f"tickets/{opened.pk}/{path}", typed)


def code() -> tuple[Story, Filled]:
    controller = make_user("coder", is_staff=True, is_superuser=True)
    (made,) = redeeming.create_codes(
        count=1, fund="voucher", amount=yuan("20.00"), valid_until=at("2026-03-31 00:00"), by=controller, at=NOW
    )  # fmt: skip
    return plain("funds/redeem/", code=made)


def sandbox() -> tuple[Story, Filled]:
    story = at_home()
    online.start_payment(
        customer=story.customer, amount=yuan("5"), channel="sandbox", key="K", at=NOW
    )
    return story, lambda _client: (
        f"recharge/sandbox/{Payment.objects.get().token}/",
        {"do": "pay"},
    )


def of_an_order(what: str, **typed: Any) -> tuple[Story, Filled]:
    story = make_story("alibaba")
    story.recharge("900.00", "2026-03-01 09:00")
    placed = place(story)
    return shown(f"orders/{placed.pk}/{what}/", story=story, **typed)


def to_a_member() -> tuple[Story, Filled]:
    story, member = at_home(), make_story("standard", "Member Ltd")
    member.customer.parent = story.customer
    member.customer.save()
    member.customer.members.all()
    member.user.memberships.create(customer=story.customer)
    story.user.memberships.create(customer=member.customer)
    page = f"transfers/new/?taker={member.customer.pk}&amount=5.00"
    return shown(page, "transfers/new/", story=story)


def overseas(*, drafted: bool) -> tuple[Story, Filled]:
    story = make_story("standard", region="SG")
    story.recharge("100.00", "2026-03-01 09:00")
    bill = story.bill("30.00", "2026-03-03 09:00")
    if not drafted:
        return story, lambda _client: (f"bills/{Bill.objects.get().pk}/proforma/", {})
    request_proforma(sold=bill, by=story.user, at=NOW)
    return story, lambda _client: (f"proformas/{Proforma.objects.get().pk}/confirm/", {})


def order_overseas() -> tuple[Story, Filled]:
    story = make_story("standard", region="SG")
    story.recharge("100.00", "2026-03-01 09:00")
    placed = story.order("30.00", "2026-03-03 09:00")
    return story, lambda _client: (f"orders/{placed.pk}/proforma/", {})


def pending() -> tuple[Story, Filled]:
    story = at_home()
    asked = story.ask("2026-03-20 11:00", amount="50.00", medium="paper")
    return story, lambda _client: (f"applications/{asked.pk}/withdraw/", {})


def invoiced(medium: str = "electronic") -> tuple[Story, Invoice]:
    story = at_home()
    story.issue(story.ask("2026-03-19 09:00", amount="50.00", medium=medium), "2026-03-19 10:00")
    return story, Invoice.objects.get(application__customer=story.customer)


def arrived() -> tuple[Story, Filled]:
    story, invoice = invoiced("paper")
    shipper = make_user("shipper", is_staff=True, is_superuser=True)
    sending.ship(
        invoice=invoice,
        tracking="SF1234567890",
        actor=shipper,
        at=at("2026-03-19 12:00"),
    )
    return story, lambda _client: (f"invoices/{invoice.pk}/received/", {})


def to_credit(what: str, **typed: Any) -> tuple[Story, Filled]:
    story, invoice = invoiced()
    return shown(f"invoices/{invoice.pk}/{what}/", story=story, **typed)


def reissue() -> tuple[Story, Filled]:
    story, invoice = invoiced()
    wish = {"title": story.title.pk, "remarks": "Contract 7"}
    return story, lambda _client: (f"invoices/{invoice.pk}/reissue/", wish)


def credit_asked() -> tuple[Story, Filled]:
    story, invoice = invoiced()
    asked = request_credit(
        invoice=invoice, reason="sales_return", actor=story.user, at=NOW, idempotency_key="K"
    )
    return story, lambda _client: (f"credits/{asked.pk}/cancel/", {})


def owes(*, offset: bool) -> tuple[Story, Filled]:
    story = owing("standard")
    story.order("500.00", "2026-02-01 09:00")
    if not offset:
        return story, lambda _client: ("deficits/offset/", {})
    offset_now(customer=story.customer, at=NOW)
    return story, lambda _client: (f"deficits/offsets/{Offset.objects.get().pk}/undo/", {})


def confirming() -> tuple[Story, Filled]:
    return shown("invoices/new/confirm/?method=amount&amount=10.00", "invoices/new/confirm/")


def closing() -> tuple[Story, Filled]:
    story = make_story("standard")
    return shown("account/closing/", story=story, understood="yes")


def title(what: str, **typed: Any) -> tuple[Story, Filled]:
    story = at_home()
    other = story.customer.titles.create(type="enterprise", name="Second Ltd", tax_id=OTHER_ID)
    return story, lambda _client: (f"titles/{other.pk}/{what}", typed)


def outdated_titles() -> tuple[Story, Filled]:
    story = at_home()
    Certification.objects.create(
        customer=story.customer, version=2, kind="enterprise", name="Acme Group Ltd", tax_id=TAX_ID, certified_at=NOW
    )  # fmt: skip
    return story, lambda _client: ("titles/update/", {})


def individual() -> Story:
    return make_story("alibaba", "Li Ming", kind="individual")


def corporate(*, asked: bool) -> tuple[Story, Filled]:
    story = individual()
    if not asked:
        wish = {
            "type": "enterprise",
            "name": "Example Co.",
            "tax_id": OTHER_ID,
            "documents": scan(),
        }
        return story, lambda _client: ("titles/corporate/new/", wish)
    made = TitleApplication.objects.create(
        customer=story.customer, type="enterprise", name="Example Co.", tax_id=OTHER_ID, idempotency_key="K",
        submitted_at=NOW, due_from=NOW, due_by=NOW,
    )  # fmt: skip
    return story, lambda _client: (f"titles/corporate/{made.pk}/delete/", {})


def email(what: str) -> tuple[Story, Filled]:
    story = at_home()
    other = RecipientEmail.objects.create(customer=story.customer, email="b@acme.example")
    return story, lambda _client: (f"emails/{other.pk}/{what}", {})


ADDRESS = {"recipient": "W", "phone": "13800000000", "line": "1 Road", "postcode": "100000"}


def mailing(what: str, **typed: Any) -> tuple[Story, Filled]:
    story = at_home()
    other = story.customer.addresses.create(**ADDRESS | {"recipient": "Second"})
    return story, lambda _client: (f"addresses/{other.pk}/{what}", typed)


def auto(*, on: bool) -> tuple[Story, Filled]:
    story = at_home("alibaba")
    if on:
        switch_on(story)
        return story, lambda _client: ("auto-invoicing/off/", {})
    return story, lambda _client: ("auto-invoicing/on/", chosen(story, confirm="yes"))


def auto_of_members() -> tuple[Story, Filled]:
    manager, members = family()
    return manager, lambda _client: (
        "auto-invoicing/members/",
        of_members(members[:2], confirm="yes"),
    )


def failed_month() -> tuple[Story, Filled]:
    story = make_story("alibaba")
    story.recharge("1000.00", "2026-01-01 09:00")
    switch_on(story)
    story.order("80.00", "2026-01-21 09:00")
    saved = story.customer.emails.get().email
    story.customer.emails.all().delete()
    auto_invoicing.run_due(at=at("2026-02-05 02:00"))
    RecipientEmail.objects.create(customer=story.customer, email=saved, is_default=True)
    return story, lambda _client: ("auto-invoicing/2026-01/again/", {})


FORMS: dict[str, Form] = {
    "accounts:read_all": inbox,
    "accounts:certify": lambda: certifying(
        "certification/new/", kind="enterprise", name="Other Ltd", tax_id=OTHER_ID
    ),
    "accounts:change_name": lambda: certifying("certification/name/new/", name="Acme Group Ltd"),
    "accounts:certification_cancel": certification_asked,
    "accounts:ticket_new": lambda: plain(
        "tickets/new/", topic="application", subject="Late", text="When?", attachments=scan()
    ),
    "accounts:ticket_write": lambda: ticket("write/", text="And now?", attachments=scan()),
    "accounts:ticket_close": lambda: ticket("close/"),
    "ledger:redeem": code,
    "ledger:recharge_pay": lambda: plain("recharge/pay/", amount="5.00"),
    "ledger:dedicated_account": lambda: plain("recharge/account/"),
    "ledger:sandbox": sandbox,
    "ledger:renew": lambda: of_an_order("renew"),
    "ledger:withdraw": lambda: shown(
        "withdrawals/new/?amount=10.00&route=original", "withdrawals/new/"
    ),
    "ledger:member_transfer": to_a_member,
    "invoicing:unsubscribe": lambda: of_an_order("unsubscribe"),
    "invoicing:confirm": confirming,
    "invoicing:withdraw": pending,
    "invoicing:received": arrived,
    "invoicing:get_proforma": lambda: overseas(drafted=False),
    "invoicing:get_order_proforma": order_overseas,
    "invoicing:proforma_confirm": lambda: overseas(drafted=True),
    "invoicing:credit_ask": lambda: to_credit("credit", reason="sales_return", confirmed="yes"),
    "invoicing:reissue": reissue,
    "invoicing:credit_cancel": credit_asked,
    "invoicing:offset": lambda: owes(offset=False),
    "invoicing:offset_undo": lambda: owes(offset=True),
    "invoicing:close_account": closing,
    "invoicing:title_add": lambda: plain(
        "titles/new/", type="enterprise", name="Third Ltd", tax_id=OTHER_ID
    ),
    "invoicing:title_edit": lambda: title("", type="enterprise", name="Third Ltd", tax_id=OTHER_ID),
    "invoicing:title_default": lambda: title("default/"),
    "invoicing:title_delete": lambda: title("delete/"),
    "invoicing:update_titles": outdated_titles,
    "invoicing:title_apply": lambda: corporate(asked=False),
    "invoicing:title_application_delete": lambda: corporate(asked=True),
    "invoicing:email_add": lambda: plain("emails/new/", email="new@example.com"),
    "invoicing:email_default": lambda: email("default/"),
    "invoicing:email_delete": lambda: email("delete/"),
    "invoicing:address_add": lambda: plain("addresses/new/", **ADDRESS),
    "invoicing:address_edit": lambda: mailing("", **ADDRESS | {"line": "2 Road"}),
    "invoicing:address_default": lambda: mailing("default/"),
    "invoicing:address_delete": lambda: mailing("delete/"),
    "invoicing:auto_on": lambda: auto(on=False),
    "invoicing:auto_off": lambda: auto(on=True),
    "invoicing:auto_members": auto_of_members,
    "invoicing:auto_again": failed_month,
}
"""A form that is missing here makes a test fail that asks every address."""


def again(sent: dict[str, Any]) -> dict[str, Any]:
    """The same once more: files are read from their beginning."""
    for value in sent.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    return sent


__all__ = ["FORMS", "InvoiceApplication", "again"]

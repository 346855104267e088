"""A customer with one row of everything that the admin shows, and people with different rights."""

from datetime import date, timedelta

from django.contrib.auth.models import Group, Permission
from django.db import connection

from accounts.domain.file_content import CleanFile
from accounts.messages.outbox import relay
from accounts.models import (
    CustomerAccount,
    Membership,
    OutboxMessage,
    Submission,
    User,
    WorkdayOverride,
)
from accounts.services import records, tickets
from accounts.services.requests.certifying import request_certification
from accounts.services.signing_in import sign_in
from invoicing.models import (
    AutoInvoicing,
    AutoInvoicingRehearsal,
    AutoInvoicingRun,
    Invoice,
    InvoiceApplication,
    InvoiceCopy,
    InvoiceFile,
    NumberSeries,
    PaperReturn,
    ProfileVersion,
    Proforma,
    TitleApplication,
)
from invoicing.services.crediting import requests
from invoicing.services.deficits.offsetting import offset_now
from invoicing.services.issuing import filing
from ledger.models import (
    ActivationCode,
    Adjustment,
    BankFormat,
    Charge,
    PeriodLock,
    Product,
    Reconciliation,
    UsageBatch,
    UsageRecord,
    UsageSource,
)
from ledger.services.bank import importing
from ledger.services.orders import refunding
from ledger.services.payouts import holding, transferring, withdrawing
from ledger.services.recharges import dedicated, online
from tests import bank_files
from tests.accounts.pictures import PDF
from tests.builders import (
    Story,
    at,
    make_entity,
    make_key,
    make_reviewer,
    make_story,
    make_user,
    yuan,
)

NOON = "2026-03-02 12:00"


def pending(
    profile: str = "baidu", name: str = "云帆印刷有限公司", **buyer: str
) -> tuple[Story, InvoiceApplication]:
    """A customer whose application waits for a person; `buyer` changes the title it was asked with.

    The title was right when it was asked for; what differs is the certification of today.
    """
    story = make_story(profile, name)
    story.recharge("1000.00", "2026-03-01 09:00")
    order = story.order("600.00", "2026-03-01 10:00")
    application = story.ask(NOON, method="order", sources=(order.number,))
    InvoiceApplication.objects.filter(pk=application.pk).update(
        auto_review_at=None, review_due_at=at("2026-03-05 12:00"), buyer=application.buyer | buyer
    )
    application.refresh_from_db()
    return story, application


def everything(number: int) -> None:
    """One row of everything, number `number`."""
    story = make_story("baidu", f"第{number}云帆有限公司")
    story.recharge("1000.00", "2026-03-01 09:00")
    story.grant("voucher", "50.00", "2026-03-01 09:30")
    placed = story.order("300.00", "2026-03-01 10:00")
    story.bill("20.00", "2026-03-01 11:00")
    story.use("5.00", "2026-03-01 11:00")
    application = story.issue(story.ask(NOON, method="order", sources=(placed.number,)), NOON)
    refunding.refund_charge(
        charge=Charge.objects.get(order=placed),
        amount=yuan("10.00"),
        reason="refund",
        reference=f"RF{number}",
        at=at(NOON),
    )
    later = story.order("40.00", "2026-03-02 13:00")
    offset_now(customer=story.customer, at=at("2026-03-02 13:30"))
    story.ask("2026-03-02 14:00", method="order", sources=(later.number,))
    make_key(make_entity(f"E{number}"), content=f"云服务{number}")
    Product.objects.create(sku=f"sku-{number}", name=f"Server {number}", tax_category=story.key)
    _money_out(story, number)
    _code(story, number)
    _money_coming_in(story, number)
    _controls(story, number)
    _asked_for(story)
    _credits(story, application)
    _submission(story, number)
    _rows_without_a_service(story, application, number)
    relay(at=at("2026-03-02 14:00"))
    sign_in(username=f"somebody-{number}", address="", at=at(NOON), authenticate=lambda: None)
    WorkdayOverride.objects.create(day=date(2026, 5, 1) + timedelta(days=number), name="Free")
    Group.objects.create(name=f"Group {number}")


def _money_out(story: Story, number: int) -> None:
    """A withdrawal that waits, a transfer to a member, and a hold of staff."""
    withdrawing.request_withdrawal(
        customer=story.customer, amount=yuan("5.00"), idempotency_key="W", by=None, at=at(NOON)
    )
    member = CustomerAccount.objects.create(
        code=f"M{number}", name=f"Member {number}", parent=story.customer, created_at=at(NOON)
    )
    transferring.transfer_to_member(
        giver=story.customer, taker=member, amount=yuan("5.00"), reference="T", by=story.user, at=at(NOON)
    )  # fmt: skip
    holding.place_hold(
        customer=story.customer, amount=yuan("5.00"), reason="Case", source="staff:1", at=at(NOON)
    )


def _money_coming_in(story: Story, number: int) -> None:
    """A payment that waits, a dedicated account, and a bank statement with a line for the desk."""
    online.start_payment(
        customer=story.customer, amount=yuan("5.00"), channel="sandbox", key="K", at=at(NOON)
    )
    dedicated.assign_dedicated_account(customer=story.customer)
    UsageSource.objects.create(customer=story.customer, issuer="Kestrel", month="2026-03")
    BankFormat.objects.create(
        code="house", version=number + 1, definition={"name": "House", "dates": "YYYYMMDD", "booked_on": "D",
        "amount": "A", "currency": "CNY"}, made_by=story.user, made_at=at(NOON),
    )  # fmt: skip
    content = bank_files.csv_file(bank_files.csv_line(f"B-{number}", "7.00"))
    importing.import_statement(
        name=f"{number}.csv", stream=bank_files.stream(content), by=None, at=at(NOON)
    )


def _code(story: Story, number: int) -> None:
    """An activation code; only its hash is known."""
    ActivationCode.objects.create(
        code_sha256=f"{number:064d}", hint="WXYZ", fund="voucher", amount=5, valid_until=at(NOON),
        created_by=story.user, created_at=at(NOON),
    )  # fmt: skip


def _controls(story: Story, number: int) -> None:
    """An adjustment that waits for a second person, a reconciled day, and books locked long ago."""
    by = make_user(f"controller{number}")
    Adjustment.objects.create(
        customer=story.customer, fund="cash", amount=1, currency="CNY", reason="Booked twice",
        requested_by=by, requested_at=at(NOON),
    )  # fmt: skip
    Reconciliation.objects.create(
        day=date(2020, 1, 1) + timedelta(days=number), currency="CNY", recharged=0, banked=0, charged=0,
        earned=0, totals={"buckets": {}, "newest_entry": 0}, made_at=at(NOON),
    )  # fmt: skip
    PeriodLock.objects.create(
        locked_through=date(2019, 1, 1) + timedelta(days=number), reason="Audit", locked_by=by,
        locked_at=at(NOON),
    )  # fmt: skip


def _credits(story: Story, application: InvoiceApplication) -> None:
    """A credit note for a part, and an original that came back before anybody asked."""
    invoice = Invoice.objects.get(application=application)
    request = requests.request_credit(
        invoice=invoice, reason="sales_return", amount=yuan("5.00"), actor=story.user, at=at(NOON),
        idempotency_key="C",
    )  # fmt: skip
    requests.approve_credit(request=request, reviewer=None, at=at(NOON))
    PaperReturn.objects.create(invoice=invoice, forms="invoice", received_at=at(NOON))


def _asked_for(story: Story) -> None:
    """A change of name and a corporate title that wait for staff, with a document each."""
    document = CleanFile("licence.pdf", "application/pdf", PDF)
    request = request_certification(
        customer=story.customer, kind="enterprise", name="云帆集团有限公司", tax_id=story.title.tax_id,
        documents=[document], by=story.user, idempotency_key="C", at=at(NOON),
    )  # fmt: skip
    asked = TitleApplication.objects.create(
        customer=story.customer, type="enterprise", name="海岳贸易有限公司", tax_id="91110108MA0123456G",
        idempotency_key="T", submitted_by=story.user, submitted_at=at(NOON), due_from=at(NOON), due_by=at(NOON),
    )  # fmt: skip
    asked.documents.add(request.documents.get())


def _submission(story: Story, number: int) -> None:
    """A form of the console that did something."""
    Submission.objects.create(
        customer=story.customer, by=story.user, key=f"form-{number}-{story.customer.pk}", fingerprint="f",
        answer="/console/", at=at(NOON),
    )  # fmt: skip


def _rows_without_a_service(story: Story, application: InvoiceApplication, number: int) -> None:
    """Rows whose services are slow (rendering) or need a story of months."""
    customer, invoice = story.customer, Invoice.objects.get(application=application)
    sha256 = filing.store(f"%PDF {number}".encode())
    file = {"sha256": sha256, "size": 9}
    InvoiceFile.objects.create(invoice=invoice, format="pdf", rendered_at=at(NOON), **file)
    ticket = tickets.open_ticket(
        customer=customer, topic="lost_invoice", subject="Lost", text="Lost.", about=invoice.number,
        files=[CleanFile("loss.pdf", "application/pdf", PDF)], by=story.user, idempotency_key="L",
        at=at(NOON),
    )  # fmt: skip
    Proforma.objects.create(
        customer=customer, bill=customer.bills.get(), entity=invoice.entity, number=f"PF-{number}", total=20,
        snapshot="{}", issued_at=at(NOON), ticket=ticket, **file,
    )  # fmt: skip
    InvoiceCopy.objects.create(
        invoice=invoice, ticket=ticket, certificate=customer.uploads.latest("pk"), granted_by=story.user,
        granted_at=at(NOON),
    )  # fmt: skip
    records.record(
        customer=customer, actor=story.user, action="mailing_address", about=application.number,
        before={"mailing_address": "1 River Road"}, after={"mailing_address": "2 River Road"},
        at=at(NOON),
    )  # fmt: skip
    terms = {"title": story.title, "kind": "general", "medium": "electronic"}
    AutoInvoicing.objects.create(
        customer=customer, enabled=True, first_period="2026-03", changed_at=at(NOON), **terms
    )
    AutoInvoicingRun.objects.create(
        customer=customer, period="2026-02", result="nothing", ran_at=at(NOON)
    )
    AutoInvoicingRehearsal.objects.create(
        period=f"{2000 + number}-01", rehearsed_at=at(NOON), would_issue=1, would_fail=0, nothing=0,
        total=1,
    )  # fmt: skip
    NumberSeries.objects.create(
        entity=invoice.entity, kind="special", medium="paper", year=2100 + number
    )
    ProfileVersion.objects.create(
        code="baidu", version=101 + number, base="baidu", base_version=1, made_by=story.user,
        effective_from=date(2126, 1, 1), made_at=at(NOON),
    )  # fmt: skip
    batch = UsageBatch.objects.create(
        customer=customer, name=f"usage-{number}.csv", sha256=sha256, lines=1, total=1, currency="CNY",
        imported_at=at(NOON),
    )  # fmt: skip
    UsageRecord.objects.create(
        customer=customer, tax_category=story.key, amount=1, currency="CNY", used_at=at(NOON),
        period="2026-03", batch=batch, line=1,
    )  # fmt: skip
    OutboxMessage.objects.create(
        customer=customer, topic="bill_unsettled", channel="email", dedup_key=f"parked-{number}",
        created_at=at(NOON), due_at=at(NOON), tries=6, parked_at=at(NOON), problem="TimeoutError",
    )  # fmt: skip


def administrator() -> User:
    return make_user("administrator", is_staff=True, is_superuser=True)


def observer() -> User:
    """Staff with the right to look at everything and to change nothing."""
    user = make_user("observer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return User.objects.get(pk=user.pk)


def member_who_reviews(story: Story) -> User:
    """A reviewer who also belongs to the customer."""
    reviewer = make_reviewer("insider")
    Membership.objects.create(user=reviewer, customer=story.customer, role="viewer")
    return reviewer


def checksum(ignore: tuple[str, ...] = ("django_session",)) -> dict[str, str]:
    """A fingerprint of the rows of every table."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names() if name not in ignore]
        prints = {}
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            prints[table] = cursor.fetchone()[0]
    return prints

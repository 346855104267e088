"""A customer with one row of everything that the admin shows, and people with different rights."""

from datetime import date, timedelta

from django.contrib.auth.models import Group, Permission
from django.db import connection

from accounts.models import CustomerAccount, Membership, OutboxMessage, User
from accounts.outbox import relay
from invoicing.models import (
    AutoInvoicing,
    AutoInvoicingRun,
    Invoice,
    InvoiceApplication,
    InvoiceFile,
    NumberSeries,
    Proforma,
)
from invoicing.services import filing
from invoicing.services.offsetting import offset_now
from ledger.models import (
    ActivationCode,
    Adjustment,
    Charge,
    PeriodLock,
    Product,
    Reconciliation,
    UsageBatch,
    UsageRecord,
)
from ledger.services import (
    bank_import,
    dedicated,
    holds,
    member_transfer,
    payments,
    refund,
    withdrawal,
)
from tests import bank_files
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
    refund.refund_charge(
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
    _rows_without_a_service(story, application, number)
    relay(at=at("2026-03-02 14:00"))
    Group.objects.create(name=f"Group {number}")


def _money_out(story: Story, number: int) -> None:
    """A withdrawal that waits, a transfer to a member, and a hold of staff."""
    withdrawal.request_withdrawal(
        customer=story.customer, amount=yuan("5.00"), idempotency_key="W", by=None, at=at(NOON)
    )
    member = CustomerAccount.objects.create(
        code=f"M{number}", name=f"Member {number}", parent=story.customer, created_at=at(NOON)
    )
    member_transfer.transfer_to_member(
        giver=story.customer, taker=member, amount=yuan("5.00"), reference="T", by=story.user, at=at(NOON)
    )  # fmt: skip
    holds.place_hold(
        customer=story.customer, amount=yuan("5.00"), reason="Case", source="staff:1", at=at(NOON)
    )


def _money_coming_in(story: Story, number: int) -> None:
    """A payment that waits, a dedicated account, and a bank statement with a line for the desk."""
    payments.start_payment(
        customer=story.customer, amount=yuan("5.00"), channel="sandbox", key="K", at=at(NOON)
    )
    dedicated.assign_dedicated_account(customer=story.customer)
    content = bank_files.csv_file(bank_files.csv_line(f"B-{number}", "7.00"))
    bank_import.import_statement(
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


def _rows_without_a_service(story: Story, application: InvoiceApplication, number: int) -> None:
    """Rows whose services are slow (rendering) or need a story of months."""
    customer, invoice = story.customer, Invoice.objects.get(application=application)
    sha256 = filing.store(f"%PDF {number}".encode())
    file = {"sha256": sha256, "size": 9}
    InvoiceFile.objects.create(invoice=invoice, format="pdf", rendered_at=at(NOON), **file)
    Proforma.objects.create(
        customer=customer, bill=customer.bills.get(), entity=invoice.entity, number=f"PF-{number}", total=20,
        snapshot="{}", issued_at=at(NOON), **file,
    )  # fmt: skip
    terms = {"title": story.title, "kind": "general", "medium": "electronic"}
    AutoInvoicing.objects.create(
        customer=customer, enabled=True, first_period="2026-03", changed_at=at(NOON), **terms
    )
    AutoInvoicingRun.objects.create(
        customer=customer, period="2026-02", result="nothing", ran_at=at(NOON)
    )
    NumberSeries.objects.create(
        entity=invoice.entity, kind="special", medium="paper", year=2100 + number
    )
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

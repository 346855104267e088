"""The customer overseas: the real FOCUS file of autumn 2024, imported, billed, and answered with proforma invoices."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from accounts.models import CustomerAccount
from finance_console.demo.catalogue import FOCUS_FILE
from finance_console.demo.playing import Event
from invoicing.services.overseas.proforma import request_proforma
from ledger.models import Bill
from ledger.services.recharges.receiving import record_recharge
from ledger.services.usage.importing import import_focus

TZ: Final = ZoneInfo("Asia/Singapore")
START: Final = datetime(2024, 9, 1, tzinfo=TZ)


def events(customer: CustomerAccount) -> list[Event]:
    """What happens; the months are closed by the calendar in between."""

    def recharge(at: datetime) -> None:
        record_recharge(
            customer=customer,
            amount=Decimal("100.00"),
            channel="bank_transfer",
            reference="DEMO-USD-1",
            at=at,
        )

    def bring(at: datetime) -> None:
        with FOCUS_FILE.open("rb") as stream:
            import_focus(customer=customer, name=FOCUS_FILE.name, stream=stream, at=at)

    def proformas(at: datetime) -> None:
        for bill in Bill.objects.filter(customer=customer, total__gt=0).order_by("pk"):
            request_proforma(sold=bill, by=None, at=at)

    return [
        Event(datetime(2024, 9, 2, 10, tzinfo=TZ), "recharge in USD", recharge),
        Event(datetime(2024, 10, 2, 10, tzinfo=TZ), "import of the FOCUS file", bring),
        Event(datetime(2024, 10, 3, 10, tzinfo=TZ), "proforma invoices", proformas),
        Event(datetime(2024, 11, 3, 10, tzinfo=TZ), "proforma invoices", proformas),
    ]

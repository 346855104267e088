"""What waits for the visitor: of every kind of work one, alive, for whoever signs in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from accounts.domain.file_content import CleanFile
from accounts.messages.channels import FileSms
from accounts.services import recipients
from accounts.services.requests import certifying
from finance_console.demo.cast import yuan
from finance_console.demo.customers import Accounts, People
from finance_console.demo.playing import Event
from invoicing.services.titles import corporate
from ledger.services.bank import importing
from ledger.services.funds import granting
from ledger.services.payouts import withdrawing

TZ: Final = ZoneInfo("Asia/Shanghai")
BANK_HEADER: Final = (
    "account,currency,reference,booked_on,amount,payer,payer_account,paid_into,remittance"
)
OUR_ACCOUNT: Final = "330100005550118"
PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


@dataclass(frozen=True)
class Waiting:
    """Acts just before the visitor comes; `month` is the running one."""

    month: str
    customers: Accounts
    people: People

    def events(self, at: datetime) -> list[Event]:
        """In the order of a working day; the gateway has two hours to give a message up."""
        return [
            Event(at, what, act)
            for what, act in (
                ("a phone that no longer exists", self.lose_phone),
                ("a bank statement with a payer nobody knows", self.import_statement),
                ("funds that end next week", self.grant),
                ("a withdrawal to review", self.withdraw),
                ("a change of name to certify", self.certify),
                ("a company's title to decide", self.apply_for_title),
            )
        ]

    def grant(self, at: datetime) -> None:
        for fund, amount in (("voucher", "80.00"), ("gift", "25.00")):
            granting.grant(
                customer=self.customers["DEMO-01"],
                fund=fund,
                amount=yuan(amount),
                reference=f"DEMO-{self.month}-{fund}-week",
                expires_at=at + timedelta(days=7),
                at=at,
            )

    def withdraw(self, at: datetime) -> None:
        withdrawing.request_withdrawal(
            customer=self.customers["DEMO-05"],
            amount=yuan("1200.00"),
            idempotency_key=f"demo-withdrawal-{self.month}",
            by=self.people["clerk"],
            at=at,
        )

    def import_statement(self, at: datetime) -> None:
        """One line names a customer, the other nobody: it waits at the desk."""
        day = at.astimezone(TZ).date()
        lines = (
            f"{OUR_ACCOUNT},CNY,B{self.month}-1,{day},500.00,青穗乡村教育基金会,6200000000000003,,DEMO-03",
            f"{OUR_ACCOUNT},CNY,B{self.month}-2,{day},2600.00,云雀茶业(黄山)有限公司,6200000000009901,,9 月云服务",
        )
        content = "\n".join([BANK_HEADER, *lines, ""]).encode()
        importing.import_statement(name="bank.csv", stream=BytesIO(content), by=None, at=at)

    def certify(self, at: datetime) -> None:
        customer = self.customers["DEMO-03"]
        certified = customer.certifications.get()
        certifying.request_certification(
            customer=customer,
            kind=certified.kind,
            name="青穗乡村振兴基金会",
            tax_id=certified.tax_id,
            by=self.people["clerk"],
            idempotency_key=f"demo-certification-{self.month}",
            documents=[_scan("登记证书.png")],
            at=at,
        )

    def apply_for_title(self, at: datetime) -> None:
        corporate.apply_for_title(
            customer=self.customers["DEMO-08"],
            type="enterprise",
            name="望舒设计(北京)有限公司",
            tax_id="91110105MA01DEMO9X",
            by=self.people["clerk"],
            idempotency_key=f"demo-title-{self.month}",
            documents=[_scan("授权书.png")],
            at=at,
        )

    def lose_phone(self, at: datetime) -> None:
        """The gateway refuses its number: the next text message is tried, and given up."""
        address = self.customers["DEMO-03"].addresses.get()
        recipients.change_address(
            customer=self.customers["DEMO-03"],
            address_id=address.pk,
            fields={
                "recipient": address.recipient,
                "phone": FileSms.unknown,
                "line": address.line,
                "postcode": address.postcode,
            },
            is_default=address.is_default,
            by=self.people["clerk"],
            at=at,
        )


def _scan(name: str) -> CleanFile:
    return CleanFile(name, "image/png", PICTURE)

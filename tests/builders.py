"""Short ways to a customer with money and consumption, always through the services."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import (
    Address,
    Certification,
    CustomerAccount,
    Membership,
    RecipientEmail,
    User,
)
from accounts.services.customers.closing import mark_closed
from invoicing.models import InvoiceApplication, InvoiceTitle
from invoicing.services.asking import applying
from invoicing.services.asking.terms import Ask
from invoicing.services.issuing import invoices
from invoicing.services.reviewing import deciding
from ledger.models import Bill, InvoicingEntity, LedgerAccount, Order, TaxCategory
from ledger.services.bills import generating
from ledger.services.funds import granting
from ledger.services.orders import paying
from ledger.services.recharges import receiving
from ledger.services.usage import metering

SHANGHAI = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """A moment in Shanghai: at("2026-03-01 09:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def yuan(text: str) -> Decimal:
    return Decimal(text)


def make_entity(code: str = "I1", **fields: str) -> InvoicingEntity:
    """An invented seller."""
    number = next(_numbers)
    defaults = {
        "name": f"云岫计算{number}有限公司",
        "tax_id": f"91110108MA0{number:07d}",
        "address": "北京市海淀区星河路 1 号",
        "phone": "010-55550100",
        "bank": "星河银行北京分行",
        "bank_account": f"110{number:012d}",
    }
    return InvoicingEntity.objects.create(code=code, **(defaults | fields))


def make_key(
    entity: InvoicingEntity,
    rate: str = "0.06",
    code: str = "3040201030000000000",
    content: str = "云服务",
) -> TaxCategory:
    """A tax key: code, content and rate under an entity."""
    return TaxCategory.objects.create(
        entity=entity, code=code, short_name="信息技术服务", content=content, rate=Decimal(rate)
    )


def make_user(name: str, **fields: object) -> User:
    return User.objects.create_user(name, f"{name}@example.com", "a-long-password", **fields)


def make_reviewer(name: str = "reviewer") -> User:
    from django.contrib.auth.models import Permission

    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="review_application"))
    return User.objects.get(pk=user.pk)


def give_credit(story: "Story", limit: str) -> None:
    """A credit limit as the service sets it, floor of the cash account included."""
    CustomerAccount.objects.filter(pk=story.customer.pk).update(credit_limit=yuan(limit))
    cash = LedgerAccount.objects.filter(customer=story.customer, bucket="cash")
    cash.update(floor=-yuan(limit))
    story.customer.refresh_from_db()


@dataclass
class Story:
    """One certified customer with a complete title, and the verbs to move it along."""

    customer: CustomerAccount
    user: User
    title: InvoiceTitle
    key: TaxCategory
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def recharge(self, amount: str, when: str) -> None:
        receiving.record_recharge(
            customer=self.customer,
            amount=yuan(amount),
            channel="bank_transfer",
            reference=f"R{next(self.numbers)}",
            at=at(when),
        )

    def grant(self, fund: str, amount: str, when: str) -> None:
        granting.grant(
            customer=self.customer,
            fund=fund,
            amount=yuan(amount),
            reference=f"G{next(self.numbers)}",
            at=at(when),
        )

    def order(
        self, amount: str, when: str, key: TaxCategory | None = None, *, delivered: bool = True
    ) -> Order:
        placed = paying.pay_order(
            number=f"ORD-{self.customer.code}-{next(self.numbers)}",
            customer=self.customer,
            amount=yuan(amount),
            tax_category=key or self.key,
            at=at(when),
        )
        return paying.deliver_order(order=placed, at=at(when)) if delivered else placed

    def bill(self, amount: str, when: str, key: TaxCategory | None = None) -> Bill:
        return generating.raise_bill(
            number=f"BILL-{self.customer.code}-{next(self.numbers)}",
            customer=self.customer,
            amount=yuan(amount),
            tax_category=key or self.key,
            at=at(when),
        )

    def use(self, amount: str, when: str, key: TaxCategory | None = None) -> None:
        metering.record_usage(
            customer=self.customer,
            amount=yuan(amount),
            tax_category=key or self.key,
            used_at=at(when),
            at=at(when),
        )

    def ask(self, when: str, key: str | None = None, **fields: object) -> InvoiceApplication:
        if "amount" in fields:
            fields["amount"] = yuan(str(fields["amount"]))
        return applying.submit(
            customer=self.customer,
            ask=Ask(**{"method": "amount"} | fields),
            at=at(when),
            actor=self.user,
            idempotency_key=key or f"K{next(self.numbers)}",
        )

    def issue(self, application: InvoiceApplication, when: str) -> InvoiceApplication:
        """Approve (automatically) and issue."""
        deciding.approve(application=application, reviewer=None, at=at(when))
        return invoices.issue_application(application=application, at=at(when))


def close(customer: CustomerAccount, when: str = "2026-01-01 00:00") -> None:
    """Close the account as the system does."""
    mark_closed(customer, by=None, reason="", at=at(when))


def closed_story(**fields: object) -> "Story":
    story = make_story(**fields)
    close(story.customer)
    return story


def make_story(profile: str = "alibaba", name: str = "Acme Ltd", **fields: object) -> Story:
    """A certified customer as the scenarios assume it."""
    number = next(_numbers)
    customer = CustomerAccount.objects.create(
        **{
            "code": f"C{number:05d}",
            "name": name,
            "profile": profile,
            "created_at": at("2020-01-01 00:00"),
        }
        | fields
    )
    Certification.objects.create(
        customer=customer,
        version=1,
        kind=customer.kind,
        name=name,
        tax_id="91330106MA2CFLT7XP",
        certified_at=at("2020-01-01 00:00"),
    )
    title = InvoiceTitle.objects.create(
        customer=customer,
        type=customer.kind,
        name=name,
        tax_id="91330106MA2CFLT7XP",
        address="1 River Road",
        phone="0571-5555 0101",
        bank="Harbour Bank",
        bank_account="6200000000000001",
        is_default=True,
    )
    RecipientEmail.objects.create(
        customer=customer, email=f"f{number}@acme.example", is_default=True
    )
    Address.objects.create(
        customer=customer,
        recipient="Li Ming",
        phone="13800000000",
        line="1 River Road",
        is_default=True,
    )
    user = make_user(f"clerk{number}")
    Membership.objects.create(user=user, customer=customer)
    entity = InvoicingEntity.objects.filter(code="I1").first() or make_entity()
    key = entity.tax_categories.order_by("pk").first() or make_key(entity)
    return Story(customer, user, title, key)

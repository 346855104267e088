"""Writing the customers and people of the cast."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import Group, Permission

from accounts.models import (
    Address,
    Certification,
    CustomerAccount,
    Membership,
    RecipientEmail,
    User,
)
from finance_console.demo.cast import CUSTOMERS, LOGINS, OVERSEAS, DemoCustomer
from invoicing.models import InvoiceTitle

DECIDES = (
    "review_application",
    "ship_invoice",
    "decide_credit",
    "decide_title",
    "decide_certification",
    "answer_ticket",
)
Accounts = Mapping[str, CustomerAccount]
People = Mapping[str, User]


def load(at: datetime) -> Accounts:
    """Write customers and people; returns the customers by code."""
    clerk, _reviewer, _admin = (_user(login) for login in LOGINS)
    customers = [_customer(spec, at) for spec in CUSTOMERS]
    customers.append(_overseas(at))
    Membership.objects.bulk_create(
        Membership(user=clerk, customer=customer) for customer in customers
    )
    return {customer.code: customer for customer in customers}


def people() -> People:
    """The people who sign in, by login."""
    return {user.username: user for user in User.objects.filter(username__in=LOGINS)}


def _user(login: str) -> User:
    password, _what = LOGINS[login]
    email = f"{login}@demo.example"
    if login == "admin":
        return User.objects.create_superuser(login, email, password)
    user = User.objects.create_user(login, email, password, is_staff=login == "reviewer")
    if login == "reviewer":
        user.groups.add(_reviewers())
    return user


def _reviewers() -> Group:
    """May look at everything of the business, and work on the queues of paper and questions."""
    group, _created = Group.objects.get_or_create(name="Reviewers")
    apps = Permission.objects.filter(
        content_type__app_label__in=("accounts", "ledger", "invoicing")
    )
    group.permissions.set(
        apps.filter(codename__startswith="view_") | apps.filter(codename__in=DECIDES)
    )
    return group


def _customer(spec: DemoCustomer, at: datetime) -> CustomerAccount:
    customer = CustomerAccount.objects.create(
        code=spec.code,
        name=spec.name,
        kind=spec.kind,
        profile=spec.profile,
        parent=CustomerAccount.objects.get(code=spec.parent) if spec.parent else None,
        created_at=at,
    )
    _certify(customer, spec.tax_id, at)
    number = spec.code[-2:]
    is_business = bool(spec.tax_id or spec.title_tax_id)
    InvoiceTitle.objects.create(
        customer=customer,
        type="enterprise" if spec.title_tax_id else spec.kind,
        name=spec.title or spec.name,
        tax_id=spec.title_tax_id or spec.tax_id,
        address=f"示例市示例路 {int(number)} 号" if is_business else "",
        phone=f"0500-5550 10{number}" if is_business else "",
        bank="澄江银行示例支行" if is_business else "",
        bank_account=f"6200 0000 0000 00{number}" if is_business else "",
        is_default=True,
    )
    RecipientEmail.objects.create(
        customer=customer, email=f"finance-{number}@demo.example", is_default=True
    )
    Address.objects.create(
        customer=customer,
        recipient="财务部",
        phone=f"0500-5550 10{number}",
        line=f"示例市示例路 {int(number)} 号",
        postcode="000000",
        is_default=True,
    )
    return customer


def _overseas(at: datetime) -> CustomerAccount:
    customer = CustomerAccount.objects.create(
        code=OVERSEAS,
        name="Meridian Kite Analytics Pte. Ltd.",
        region="SG",
        currency="USD",
        time_zone="Asia/Singapore",
        created_at=at,
    )
    _certify(customer, "DEMO-SG-0015", at)
    Address.objects.create(
        customer=customer,
        recipient="Accounts payable",
        phone="+65 5550 0115",
        line="15 Kite Lane, Singapore",
        is_default=True,
    )
    return customer


def _certify(customer: CustomerAccount, tax_id: str, at: datetime) -> None:
    Certification.objects.create(
        customer=customer,
        version=1,
        kind=customer.kind,
        name=customer.name,
        tax_id=tax_id,
        certified_at=at,
    )

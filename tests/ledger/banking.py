"""Bank statements brought in, and who may."""

from django.contrib.auth.models import Permission

from accounts.models import User
from ledger.models import BankLine
from ledger.queries.balances import fund_balances
from ledger.services.bank.importing import import_statement
from ledger.services.recharges.dedicated import assign_dedicated_account
from tests import bank_files as files
from tests.builders import at, make_user

MORNING = "2026-03-20 09:00"


def operator(*codenames: str, name: str = "operator") -> User:
    user = make_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def number_of(story) -> str:
    return assign_dedicated_account(customer=story.customer).number


def run(content: str, name: str = "march.csv", by: User | None = None, when: str = MORNING):
    return import_statement(name=name, stream=files.stream(content), by=by, at=at(when))


def cash(story):
    return fund_balances(story.customer)["cash"]


def line(reference: str = "B-1") -> BankLine:
    return BankLine.objects.get(reference=reference)


def desk_person():
    return operator("change_bankline", "add_bankstatement", "control_books")

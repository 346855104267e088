"""What invoicing answers for the apps below it, which must not import it: see their `ports`."""

from accounts.ports.documents import place_of as place_of_port
from accounts.ports.paper import unprintable as unprintable_port
from accounts.ports.profiles import version_in_force
from invoicing.documents.printable import unprintable
from invoicing.domain import profiles
from invoicing.presenters.order_figures import figures
from invoicing.queries import policies
from invoicing.queries.named import place_of
from invoicing.queries.titles import certified_account
from ledger.ports.figures import of_invoices
from ledger.ports.habits import Habits, of_profile
from ledger.ports.payout import account_of


def provide() -> None:
    """Answer every port; called once, when the app starts."""
    unprintable_port.provide(unprintable)
    place_of_port.provide(place_of)
    version_in_force.provide(policies.version_in_force)
    profiles.versions_of_operators.provide(policies.load)
    of_profile.provide(_habits)
    account_of.provide(certified_account)
    of_invoices.provide(figures)


def _habits(profile: str, version: int) -> Habits:
    policy = profiles.get(profile, version)
    return Habits(
        spending_order=policy.spending_order,
        bill_day=policy.bill_day,
        settlement=policy.settlement,
        overdue_days=policy.overdue_days,
        payer_invoices=policy.third_party_paid_right == "payer",
    )

"""What every page needs around its content: theme, languages, for whom, the navigation, unread messages."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import InboxMessage, User
from accounts.views.acting import Acting, memberships_of
from finance_console.doors import addresses
from invoicing.presenters.auto import is_offered, settings_of

THEMES = {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation. `names`: the pages on which it is the current one."""

    url: str
    words: Promise
    names: frozenset[str]
    for_actors: bool = False
    note: str | Promise = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """An account this person works for, and where its console is."""

    name: str
    number: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    words: str | Promise
    links: list[Link]


def _link(url: str, words: Promise, *also: str, for_actors: bool = False) -> Link:
    return Link(url, words, frozenset({url, *also}), for_actors)


NAVIGATION: tuple[Group, ...] = (
    Group("", [_link("invoicing:overview", _("Overview"))]),
    Group(
        _("Funds"),
        [
            _link("ledger:recharge", _("Recharge"), "ledger:payment", "ledger:sandbox"),
            _link("ledger:funds", _("Balances and vouchers"), "ledger:lot", "ledger:redeem"),
            _link("ledger:statement", _("Income and expenses")),
            _link("ledger:withdrawals", _("Withdrawals"), "ledger:withdraw"),
            _link("ledger:member_transfer", _("Transfer to a member"), for_actors=True),
        ],
    ),
    Group(
        _("Bills"),
        [
            _link("ledger:bills", _("Monthly bills"), "ledger:bill"),
            _link(
                "ledger:orders",
                _("Orders"),
                "ledger:order",
                "ledger:renew",
                "invoicing:unsubscribe",
            ),
        ],
    ),
    Group(
        _("Invoices"),
        [
            _link(
                "invoicing:select",
                _("Issue invoice"),
                "invoicing:confirm",
                "invoicing:submitted",
                for_actors=True,
            ),
            _link(
                "invoicing:applications",
                _("Invoices and applications"),
                "invoicing:application",
                "invoicing:withdraw",
                "invoicing:credit_ask",
                "invoicing:credit",
                "invoicing:reissue",
            ),
            _link(
                "invoicing:titles",
                _("Titles and recipients"),
                "invoicing:title_add",
                "invoicing:title_edit",
                "invoicing:title_delete",
                "invoicing:title_apply",
                "invoicing:title_application_delete",
                "invoicing:email_add",
                "invoicing:email_delete",
                "invoicing:address_add",
                "invoicing:address_edit",
                "invoicing:address_delete",
            ),
            _link("invoicing:deficits", _("Deficits and offsets")),
            _link(
                "invoicing:auto",
                _("Auto-invoicing"),
                "invoicing:auto_on",
                "invoicing:auto_off",
                "invoicing:auto_run",
                "invoicing:auto_members",
            ),
        ],
    ),
    Group(
        _("Account"),
        [
            _link("accounts:inbox", _("Inbox")),
            _link(
                "accounts:certification",
                _("Certification"),
                "accounts:certify",
                "accounts:change_name",
            ),
            _link("accounts:tickets", _("Tickets"), "accounts:ticket", "accounts:ticket_new"),
            _link("invoicing:close_account", _("Close the account"), for_actors=True),
        ],
    ),
)


OVERVIEW = "invoicing:overview"
NOT_EVERYWHERE = {
    "ledger:member_transfer",
    "invoicing:auto",
    "invoicing:select",
    "invoicing:close_account",
}
"""Pages that not every account has, or not everybody who works for it."""


class Console:
    """Read by the templates; asks the database only for what a page shows."""

    themes = THEMES

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def theme(self) -> str:
        chosen = self._request.COOKIES.get("theme", "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def acting(self) -> Acting | None:
        return getattr(self._request, "acting", None)

    @cached_property
    def accounts(self) -> list[Account]:
        """The accounts of this person, each with the same kind of page in its own console."""
        acting, user = self.acting, self._request.user
        if acting is None or not isinstance(user, User):
            return []
        page = self._kind_of_page()
        return [
            Account(
                membership.customer.name,
                membership.customer.code,
                addresses.url(page, of=membership.customer.code),
                membership.customer_id == acting.customer.pk,
            )
            for membership in memberships_of(user)
        ]

    def _kind_of_page(self) -> str:
        """The list this page belongs to, if every account has one; else the overview."""
        match = self._request.resolver_match
        name = match.view_name if match else ""
        lists = (link.url for group in NAVIGATION for link in group.links if name in link.names)
        page = next(lists, OVERVIEW)
        return OVERVIEW if page in NOT_EVERYWHERE else page

    @cached_property
    def unread(self) -> int:
        if self.acting is None:
            return 0
        return InboxMessage.objects.filter(customer=self.acting.customer, read_at=None).count()

    @cached_property
    def navigation(self) -> list[Group]:
        """The pages this person can use, the current one marked."""
        groups = (
            Group(g.words, [self._shown(k) for k in g.links if self._has(k)]) for g in NAVIGATION
        )
        return [group for group in groups if group.links]

    def _has(self, link: Link) -> bool:
        acting = self.acting
        if acting is None or (link.for_actors and not acting.may_act):
            return False
        if link.url == "ledger:member_transfer":
            return acting.in_organization
        if link.url == "invoicing:auto":
            return is_offered(acting.customer)
        if link.url == "invoicing:close_account":
            return not acting.customer.is_closed
        return True

    def _shown(self, link: Link) -> Link:
        match = self._request.resolver_match
        current = match is not None and match.view_name in link.names
        return Link(link.url, link.words, link.names, link.for_actors, self._note(link), current)

    def _note(self, link: Link) -> str | Promise:
        if link.url == "accounts:inbox" and self.unread:
            return str(self.unread)
        if link.url == "invoicing:auto" and self.acting:
            auto = settings_of(self.acting.customer)
            return _("On") if auto and auto.enabled else _("Off")
        return ""


def console(request: HttpRequest) -> dict[str, Console]:
    """The context processor."""
    return {"console": Console(request)}

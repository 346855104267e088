"""The preview: the exact invoices that an ask would give, and on what terms. Writes nothing."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import CustomerAccount
from accounts.ports.paper import for_paper
from finance_console.kernel.errors import DomainError
from invoicing.domain import remarks, review
from invoicing.domain.planning import Plan, make_plan
from invoicing.domain.profiles import Policy
from invoicing.domain.title_rules import PARTY_FIELDS, title_matches
from invoicing.models import InvoiceApplication
from invoicing.queries.planning import deficits
from invoicing.queries.policies import policy_of
from invoicing.services.asking import members, plan_tokens
from invoicing.services.asking.explaining import explain_cover
from invoicing.services.asking.gathering import select_items
from invoicing.services.asking.terms import Ask, Terms, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What submitting would do: the invoices, the terms, and the remark of the application."""

    ask: Ask
    plan: Plan
    policy: Policy
    terms: Terms
    remarks: str

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of all that moves money or is fixed on the documents.

        The plan, the kind, the medium, the title block and the model column; with the items it
        covers whose they are. The remark and the recipient may still change.
        """
        content = [
            self.plan.hash,
            self.ask.kind,
            self.terms.medium,
            self.terms.buyer,
            self.ask.model,
            self.ask.by_member,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def token(self) -> str:
        """What `submit` takes as what the customer saw: the hash, and what it takes to name what moved."""
        return plan_tokens.token(self.hash, self.plan.total, self.parts)

    @property
    def wishes(self) -> list[str]:
        """Words of the customer's remarks that a person has to answer (A45, SC-45)."""
        return remarks.lint(self.ask.remarks or "", self.policy.remark_words)

    @property
    def title_matches(self) -> bool:
        """Whether the title is the certified name."""
        return title_matches(self.terms.certification.name, self.terms.title.name)

    @property
    def reviews_itself(self) -> bool:
        """Whether nobody needs to look: then the review takes minutes, else working days (B42, B43)."""
        return review.by_itself(
            self.policy, title_matches=self.title_matches, wishes=bool(self.wishes)
        )

    def check_texts(self) -> None:
        """The remark and the buyer can be printed on every invoice.

        Raises `remarks_too_long`, `hidden_characters`, `not_printable`.
        """
        buyer = self.terms.buyer
        for_paper(
            "\n".join([self.remarks, *(buyer[name] for name in PARTY_FIELDS)]), multiline=True
        )
        longest = max((invoice.period or "" for invoice in self.plan.invoices), key=len)
        if remarks.excess(remarks.on_invoice(self.remarks, longest)):
            raise DomainError("remarks_too_long", limit=remarks.LIMIT)

    @property
    def parts(self) -> list[str]:
        """A short digest of each of `plan_tokens.PARTS`."""
        kinds = f"{self.ask.kind} {self.terms.medium}"
        buyer = json.dumps(self.terms.buyer, sort_keys=True)
        texts = (f"{self.plan.hash} {self.ask.by_member}", buyer, kinds, self.ask.model)
        return [hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts]


def preview(*, customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    """The exact invoices that `ask` would give at `at`, or the offset alone. Writes nothing.

    Without a wish the medium is the first that the profile allows and every seller issues in.
    Raises what `terms_of`, `members.owners`, `select_items` and `make_plan` raise.
    """
    media = policy_of(customer).media.get(ask.kind, ())
    wishes = [ask] if ask.medium else [ask, *(replace(ask, medium=other) for other in media[1:])]
    for wish in wishes[:-1]:
        try:
            return _preview(customer, wish, at)
        except DomainError as error:
            if error.code != "medium_not_allowed":
                raise
    return _preview(customer, wishes[-1], at)


def _preview(customer: CustomerAccount, ask: Ask, at: datetime) -> Preview:
    policy = policy_of(customer)
    terms = terms_of(customer=customer, policy=policy, ask=ask)
    owners = members.owners(customer, ask.members)
    selected = select_items(owners=owners, policy=policy, ask=ask, at=at)
    try:
        plan = make_plan(
            policy=policy,
            candidates=selected.candidates,
            deficits=deficits(*owners),
            amount=ask.amount,
            medium=terms.medium,
            separate=ask.separate,
            by_member=ask.by_member,
            currency=customer.currency,
        )
    except DomainError as error:
        if error.code != "deficit_not_covered":
            raise
        raise explain_cover(error, owners=owners, policy=policy, at=at) from error
    written = remark_for(ask, plan, policy, terms)
    return Preview(ask=ask, plan=plan, policy=policy, terms=terms, remarks=written)


def remark_for(ask: Ask, plan: Plan, policy: Policy, terms: Terms) -> str:
    """The words of the customer, for months on one invoice the months covered, and the boxes ticked.

    A38, A44. Where each month has an invoice of its own, that one names it.
    """
    words = ask.remarks
    if words is None:
        together = ask.method == InvoiceApplication.Method.MONTH and not ask.separate
        periods = (period for inv in plan.invoices for period in inv.periods)
        words = remarks.months_remark(periods) if together else ""
    parts = ask.remark_parts
    if parts is None:
        parts = remarks.fitting(words, policy.default_remarks, terms.buyer)
    return remarks.compose(words, parts, terms.buyer)

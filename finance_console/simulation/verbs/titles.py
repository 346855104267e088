"""Verbs that staff decide about: a certification or a change of it, and a company's title for an individual."""

from django.db.models import Model

from accounts.models import CustomerAccount, User
from accounts.services.requests import certifying
from finance_console.kernel.errors import DomainError
from finance_console.simulation.language import (
    Answer,
    choice,
    flag,
    new_ref,
    optional,
    required,
    text,
    thing,
    verb,
)
from finance_console.simulation.story import FINDERS, Story, fresh
from finance_console.simulation.verbs.customers import KIND, TAX_ID
from finance_console.simulation.verbs.staff import staff
from invoicing.models import InvoiceTitle, TitleApplication
from invoicing.services.titles import corporate

CERTIFIER, TITLE_REVIEWER = "certifier", "title-reviewer"


def _clerk(account: CustomerAccount) -> User:
    """The person who acts for the account in the story."""
    return account.users.order_by("pk").get()


@verb(
    "certify",
    account=required(thing("account")),
    kind=optional(KIND),
    name=optional(text),
    tax_id=optional(text),
)
def certify(
    story: Story,
    *,
    account: CustomerAccount,
    kind: str | None,
    name: str | None,
    tax_id: str | None,
) -> Answer:
    """Submitted and approved at once; what the line leaves out stays as it was certified last."""
    last = certifying.in_force(account)
    kind = kind or account.kind
    name = name or (last.name if last else account.name)
    tax_id = tax_id or (last.tax_id if last else TAX_ID)
    if last and (last.kind, last.name, last.tax_id) == (kind, name, tax_id):
        return {}
    request = certifying.request_certification(
        customer=account,
        kind=kind,
        name=name,
        tax_id=tax_id,
        by=_clerk(account),
        idempotency_key=story.number("KEY"),
        at=story.now,
    )
    who = staff(story, CERTIFIER, "decide_certification")
    certifying.approve_certification(request=request, by=who, at=story.now)
    return {}


@verb(
    "apply_title",
    ref=required(new_ref),
    account=required(thing("account")),
    name=required(text),
    tax_id=required(text),
    type=optional(choice(*InvoiceTitle.Type.values), "enterprise"),
)
def apply_title(
    story: Story,
    *,
    ref: str,
    account: CustomerAccount,
    name: str,
    tax_id: str,
    type: str,  # noqa: A002 (the field's name)
) -> Answer:
    """Once it is approved, `ref` is a title; before, applying with it is refused."""
    story.require_new("title", ref)
    story.require_new("title_application", ref)
    application = corporate.apply_for_title(
        customer=account,
        type=type,
        name=name,
        tax_id=tax_id,
        by=_clerk(account),
        idempotency_key=story.number("KEY"),
        at=story.now,
    )
    story.name("title_application", ref, application)
    return {"status": application.status}


@verb(
    "decide_title",
    title=required(thing("title_application")),
    approve=required(flag),
    reason=optional(text, "The documents do not show a right to this title."),
)
def decide_title(story: Story, *, title: TitleApplication, approve: bool, reason: str) -> Answer:
    """By a member of staff; a refusal says why."""
    who = staff(story, TITLE_REVIEWER, "decide_title")
    if approve:
        done = corporate.approve_title(application=title, by=who, at=story.now)
        assert done.title is not None
        story.name("title", story.ref_of(title), done.title)
    else:
        corporate.reject_title(application=title, by=who, reason=reason, at=story.now)
    return {"status": fresh(title).status}


def _not_granted(story: Story, ref: str) -> Model | None:
    """A title that was only applied for cannot be used; the refusal says so."""
    asked = story.known("title_application", ref)
    if isinstance(asked, TitleApplication):
        raise DomainError("title_not_approved", title=asked.name)
    return None


FINDERS["title"] = _not_granted

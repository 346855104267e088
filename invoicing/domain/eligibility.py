"""What may be asked for at all: method, kind, medium (C04, C05, C09)."""

from collections.abc import Iterable

from finance_console.kernel.errors import DomainError
from invoicing.domain.plan import Candidate
from invoicing.domain.profiles.policy import Policy


def check_method(policy: Policy, method: str) -> None:
    """Raises `method_not_allowed` naming the methods of the profile (A20, K01)."""
    if method not in policy.methods:
        raise DomainError("method_not_allowed", method=method, methods=", ".join(policy.methods))


def check_kind(policy: Policy, account_kind: str, kind: str) -> None:
    """Special invoices are for certified enterprises (A04, B25, B27, SC-19).

    Raises `enterprise_certification_required`, or `kind_not_allowed` for a kind the profile does not know.
    """
    if kind == "special" and account_kind != "enterprise":
        raise DomainError("enterprise_certification_required")
    if not policy.media.get(kind):
        raise DomainError("kind_not_allowed")


def check_sellers(medium: str, candidates: Iterable[Candidate]) -> None:
    """Raises `medium_not_allowed` naming the media in which every seller of the candidates issues (C04)."""
    offered = set.intersection(*(set(candidate.media) for candidate in candidates))
    if medium not in offered:
        raise DomainError("medium_not_allowed", medium=medium, media=", ".join(sorted(offered)))


def choose_medium(policy: Policy, kind: str, wanted: str | None = None) -> str:
    """The medium of the invoice: `wanted`, or the first the profile offers, electronic before paper (SC-27).

    Raises `kind_not_allowed`, and `medium_not_allowed` naming the media offered (B37, A06, K02).
    """
    media = policy.media.get(kind)
    if not media:
        raise DomainError("kind_not_allowed")
    if wanted is None:
        return media[0]
    if wanted not in media:
        raise DomainError("medium_not_allowed", medium=wanted, media=", ".join(media))
    return wanted

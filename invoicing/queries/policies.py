"""Which rules hold for whom: the policy of a customer, and the versions operators put in force.

Built-in policies are code; versions of operators are rows. A row that left draft never changes, so
`domain.profiles` asks `load` once per process and keeps the answer.
"""

from dataclasses import replace

from accounts.models import CustomerAccount
from invoicing.domain import profiles
from invoicing.domain.profiles import Policy
from invoicing.domain.profiles.overrides import parse
from invoicing.models import ProfileVersion

Status = ProfileVersion.Status


def policy_of(customer: CustomerAccount) -> Policy:
    """The rules in force for this customer, as its row names them."""
    return profiles.get(customer.profile, customer.profile_version)


def version_in_force(code: str) -> int:
    """The version that customers of the profile have now: an operator's, else the newest built-in.

    Raises LookupError for a code that nobody knows or that is not in force yet.
    """
    row = (
        ProfileVersion.objects.filter(code=code, status=Status.IN_FORCE)
        .order_by("-effective_from", "-in_force_at", "-version")
        .first()
    )
    return row.version if row else profiles.get(code).version


def codes_in_force() -> list[str]:
    """The codes a customer can have now, alphabetical: built in, or put in force by operators."""
    own = ProfileVersion.objects.filter(status=Status.IN_FORCE).order_by("code")
    return sorted({*profiles.codes(), *own.values_list("code", flat=True).distinct()})


def load(code: str, version: int) -> Policy | None:
    """The policy that an operator's version says; None for drafts and for what there is not."""
    rows = ProfileVersion.objects.filter(
        code=code, version=version, status__in=(Status.SCHEDULED, Status.IN_FORCE)
    )
    row = rows.first()
    return written(row) if row else None


def written(row: ProfileVersion) -> Policy:
    """The policy in a row, drafts too. Keys that are newer than the row are as in its base."""
    base = profiles.get(row.base, row.base_version)
    return replace(
        base,
        code=row.code,
        version=row.version,
        effective_from=row.effective_from,
        **parse(base, row.data),
    )

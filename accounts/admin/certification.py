"""Certifications: versions of who a customer is, never edited (SC-25), and the requests to decide."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.deciding import RequestDesk, approving, refusing
from accounts.admin.facts import FactAdmin
from accounts.admin.waiting import waiting
from accounts.domain.tax_numbers import credit_code
from accounts.models import Certification, CertificationRequest
from accounts.services.customers.locking import lock_again
from accounts.services.requests import certifying
from finance_console.doors.refusals import sentence
from finance_console.kernel.errors import DomainError


@admin.register(Certification)
class CertificationAdmin(FactAdmin):
    list_display = ("customer", "version", "kind", "name", "tax_id", "certified_at")
    list_select_related = ("customer",)
    list_filter = ("kind",)
    search_fields = ("name", "tax_id", "customer__code")


@admin.register(CertificationRequest)
class CertificationRequestAdmin(RequestDesk):
    """The queue: first certifications, changes of name and of subject (B28, B52, B53, A07)."""

    list_display = ("name", "customer", "change", "kind", "status", "submitted_at", "decided_by")
    list_filter = (waiting(gettext_lazy("Waiting for a decision"), status="submitted"), "status")
    permission = certifying.PERMISSION
    decisions = {
        "approve": approving(
            lambda row, by, reason, at: certifying.approve_certification(request=row, by=by, at=at),
            gettext_lazy("The customer is certified."),
        ),
        "reject": refusing(
            lambda row, by, reason, at: certifying.reject_certification(
                request=row, by=by, reason=reason, at=at
            ),
            gettext_lazy("The request is refused, and the customer is told why."),
        ),
    }

    def lock(self, row: CertificationRequest) -> CertificationRequest:
        return lock_again(row)

    def facts(self, row: CertificationRequest) -> list[tuple[Any, Any]]:
        current = certifying.in_force(row.customer)
        return [
            (_("Customer"), row.customer),
            (_("What changes"), row.get_change_display()),
            (_("Certified now"), current.name if current else _("nothing")),
            (_("Asked for"), row.name),
            (_("Kind"), _kinds(current, row)),
            (_("Tax ID now"), current.tax_id if current else ""),
            (_("Tax ID asked for"), tax_id_with_check(row.tax_id)),
            (_("Submitted by"), row.submitted_by or ""),
            (_("Submitted at"), row.submitted_at),
            (_("Status"), row.get_status_display()),
            (_("Decided by"), row.decided_by or ""),
            (_("Reason"), row.reason),
        ]


def _kinds(current: Certification | None, row: CertificationRequest) -> str:
    asked = str(row.get_kind_display())
    return f"{current.get_kind_display()} → {asked}" if current else asked


def tax_id_with_check(tax_id: str) -> str:
    """The tax ID and what its check digit says."""
    if not tax_id:
        return ""
    try:
        credit_code(tax_id)
    except DomainError as error:
        return f"{tax_id} ({sentence(error)})"
    return f"{tax_id} ({_('check digit right')})"

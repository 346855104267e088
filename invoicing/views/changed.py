"""The pending application that the confirm page changes, and the terms that it starts with (B54)."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, QueryDict

from accounts.views.acting import ConsoleRequest
from finance_console.doors.paging import number
from invoicing.domain import remarks
from invoicing.models import InvoiceApplication, InvoiceTitle
from invoicing.queries import listings


def changed_by(request: ConsoleRequest, data: QueryDict) -> InvoiceApplication | None:
    """The own application that is to be changed (`?changes=`). Raises Http404 for one that is not."""
    if "changes" not in data:
        return None
    application = listings.application_detail(request.acting.customer, number(data, "changes") or 0)
    if application is None:
        raise Http404
    return application


def terms_of_application(
    application: InvoiceApplication, form_titles: Iterable[InvoiceTitle]
) -> dict[str, Any]:
    """The terms of an application, as the form starts with them."""
    words, parts = remarks.decompose(application.remarks, application.buyer)
    same = (row.pk for row in form_titles if row.name == application.buyer.get("name"))
    known = {
        "title": next(same, None),
        "recipient_email": application.recipient_email,
        "type": f"{application.kind}-{application.medium}",
        "model": application.model,
        "remarks": words,
        "remark_parts": parts,
    }
    return {name: value for name, value in known.items() if value not in (None, "")} | {
        "remark_parts": parts
    }

"""A company's title for an individual: apply with documents, take it off the list (A09 to A12)."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.views.acting import ConsoleRequest, acts
from accounts.views.submitting import key_of, keyed
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.forms.titles import CorporateTitleForm
from invoicing.models import TitleApplication
from invoicing.services.titles.corporate import (
    apply_for_title,
    delete_title_application,
    review_days,
)
from invoicing.views.titles import confirm_delete, form_page, saved


@require_http_methods(["GET", "POST"])
@acts
@keyed
def apply(request: ConsoleRequest) -> HttpResponse:
    """Apply with documents; `?again=` starts from an application that was refused."""
    days = review_days(request.acting.customer)
    if request.method == "POST":
        form = CorporateTitleForm(request.POST, request.FILES, label_suffix="")
    else:
        form = CorporateTitleForm(initial=_again(request), label_suffix="")
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            apply_for_title(
                customer=request.acting.customer,
                type=values["type"],
                name=values["name"],
                tax_id=values["tax_id"],
                documents=values["documents"],
                by=request.user,
                idempotency_key=f"console:{key_of(request)}",
                at=moment(),
            )
        except DomainError as error:
            form.add_error(None, sentence(error))
        else:
            return saved(request, gettext("Your application for the title is being reviewed."))
    words = gettext("We review it within %(first)d to %(last)d working days and write to you.")
    return form_page(
        request,
        form,
        gettext("Apply for a corporate title"),
        words % {"first": days[0], "last": days[1]},
        gettext("Submit for review"),
    )


@require_http_methods(["GET", "POST"])
@acts
def delete(request: ConsoleRequest, application_id: int) -> HttpResponse:
    """Ask once, then take it off the list."""
    application = _own(request, application_id)
    if request.method == "GET":
        return confirm_delete(request, application.name)
    try:
        delete_title_application(application=application, by=request.user, at=moment())
    except DomainError as error:
        return confirm_delete(request, application.name, error=error)
    return saved(request, gettext("%(name)s is deleted.") % {"name": application.name})


def _own(request: ConsoleRequest, application_id: int) -> TitleApplication:
    mine = TitleApplication.objects.filter(customer=request.acting.customer)
    application = mine.filter(pk=application_id).first()
    if application is None:
        raise Http404
    return application


def _again(request: ConsoleRequest) -> dict[str, str]:
    text = request.GET.get("again", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return {}
    mine = TitleApplication.objects.filter(customer=request.acting.customer)
    again = mine.filter(pk=int(text)).first()
    return {"type": again.type, "name": again.name, "tax_id": again.tax_id} if again else {}

"""The customer says that a paper invoice has arrived."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.views.acting import ConsoleRequest, acts
from finance_console.doors import addresses
from finance_console.kernel.clock import moment
from invoicing.queries.invoiceable import invoices_of
from invoicing.services.shipping import sending


@require_POST
@acts
def received(request: ConsoleRequest, invoice_id: int) -> HttpResponse:
    """It has arrived; saying so again changes nothing."""
    invoice = invoices_of(request.acting.customer).filter(pk=invoice_id).first()
    if invoice is None:
        raise Http404
    sending.receive(invoice=invoice, actor=request.user, at=moment())
    messages.success(
        request, gettext("Invoice %(number)s has arrived.") % {"number": invoice.number}
    )
    return addresses.redirect("invoicing:application", invoice.application_id)

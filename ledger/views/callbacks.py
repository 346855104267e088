"""Where payment channels call. Nobody is signed in here: a call is believed for its signature alone."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from finance_console.doors import refusals
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.channels.base import BadCallback
from ledger.services.recharges.online import take_callback

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def payment_callback(request: HttpRequest, channel: str) -> HttpResponse:
    """200 once it is recorded, also for a repetition; 400 without a word for what is not believed.

    404 for a channel that is not switched on; 422 when a rule says no, so that the channel keeps
    trying and the log tells an operator.
    """
    try:
        take_callback(channel=channel, headers=request.headers, body=request.body, at=moment())
    except BadCallback as problem:
        log.warning("payment_callback_refused", channel=channel, why=problem.why)
        return HttpResponse(status=400)
    except DomainError as error:
        log.error("payment_callback_not_taken", channel=channel, code=error.code)
        return HttpResponse(status=refusals.status(error))
    return HttpResponse("ok", content_type="text/plain")

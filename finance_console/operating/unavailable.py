"""What is answered when the house fails: 503 where it is soon back, 500 where it is our mistake."""

import sys
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import server_error

from finance_console.faults import of_the_house

RETRY_SECONDS: Final = 30


@requires_csrf_token
def handler500(request: HttpRequest) -> HttpResponse:
    """The answer to an exception that no view handled: 503 with Retry-After for a fault of the house.

    Django calls it while the exception is being handled. The page is made without the database.
    """
    error = sys.exc_info()[1]
    if error is None or not of_the_house(error):
        return server_error(request)
    if request.accepts("text/html"):
        response = HttpResponse(loader.render_to_string("503.html"), status=503)
    else:
        response = HttpResponse("unavailable\n", status=503, content_type="text/plain")
    response["Retry-After"] = str(RETRY_SECONDS)
    add_never_cache_headers(response)
    return response

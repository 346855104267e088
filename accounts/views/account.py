"""Signing in and out, language and theme, for whom one acts, the inbox."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.forms.signing_in import SignInForm
from accounts.messages.texts import body, subject
from accounts.models import InboxMessage, User
from accounts.queries.messages import silent
from accounts.views.acting import LAST, ConsoleRequest, acts, console, memberships_of
from finance_console.doors import addresses
from finance_console.doors.paging import number, page
from finance_console.kernel.clock import moment

A_YEAR = 365 * 24 * 3600
THEMES = ("auto", "light", "dark")


class SignIn(LoginView):
    """The sign-in page; afterwards the console speaks the person's language."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)  # type: ignore[arg-type]
        user = self.request.user
        if isinstance(user, User) and user.language:
            _remember(response, settings.LANGUAGE_COOKIE_NAME, user.language)
        return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language, for this browser and for messages to this person."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        raise Http404
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=code)
    translation.activate(code)
    return _remember(_back(request), settings.LANGUAGE_COOKIE_NAME, code)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise Http404
    return _remember(_back(request), "theme", chosen)


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """On to the account this person worked for last, else the first one; one clear page without any."""
    assert isinstance(request.user, User)
    mine = [membership.customer for membership in memberships_of(request.user)]
    if not mine:
        return render(request, "console/no_account.html", status=403)
    last = request.session.get(LAST)
    customer = next((account for account in mine if account.pk == last), mine[0])
    return HttpResponseRedirect(addresses.url("invoicing:overview", of=customer.code))


@require_GET
@console
def inbox(request: ConsoleRequest) -> HttpResponse:
    """Messages to the customer, newest first."""
    messages = InboxMessage.objects.filter(customer=request.acting.customer)
    shown = page(messages, number(request.GET))
    rows = [
        {
            "message": message,
            "subject": subject(message.topic, message.values),
            "body": body(message.topic, message.values),
        }
        for message in shown.rows
    ]
    return render(
        request,
        "accounts/inbox.html",
        {"page": shown, "rows": rows, "silent": silent(request.acting.customer)},
    )


@require_POST
@acts
def read_all(request: ConsoleRequest) -> HttpResponse:
    """Mark every message as read."""
    unread = InboxMessage.objects.filter(customer=request.acting.customer, read_at=None)
    unread.update(read_at=moment())
    return addresses.redirect("accounts:inbox")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the person was on, if it is one of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(wanted if ours else addresses.url("person:home"))


def _remember(response: HttpResponse, name: str, value: str) -> HttpResponse:
    response.set_cookie(
        name, value, max_age=A_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response

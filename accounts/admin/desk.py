"""The desk: what every page of staff repeats, in one place.

Who may · lock · what the person saw, compared after the lock · act · record · tell · answer. All up to "record" is one
transaction: a refusal leaves nothing, and nothing can be refused once the act has succeeded. An answer only ever leads
to a page that the person may open.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils.functional import Promise

from accounts.admin.facts import FactAdmin
from accounts.models import User
from accounts.views.submitting import answer_once, key_in_address
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

Words = str | Promise
READ = frozenset({"GET", "HEAD"})


def person_with(request: HttpRequest, permission: str) -> User:
    """Who is signed in. Raises PermissionDenied without the permission ("": none is needed)."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    if permission and not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An address below a model of the admin, and who may open it.

    `view`: the method that answers. `permission` None: the desk's own; "": whoever may look.
    `only`: the one method it answers ("GET" has HEAD with it); "": it shows a form and takes it.
    """

    address: str
    view: str
    name: str
    permission: str | None = None
    only: str = ""


class Desk(FactAdmin):
    """Facts that staff act on. Whoever has `permission` may look and act; others with the right may look."""

    permission = ""
    routes: tuple[Route, ...] = ()
    tools: tuple[tuple[str, Words], ...] = ()
    """Names of pages with the words of their links, above the list."""
    change_list_template = "admin/desk/list.html"

    # Who may

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_act(request) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request) or super().has_module_permission(request)

    def may_act(self, request: HttpRequest) -> bool:
        """Whether the person has the desk's own right."""
        return bool(self.permission) and request.user.has_perm(self.permission)

    def may_open(self, request: HttpRequest, name: str) -> bool:
        """Whether the person may open the page of that name ("change", "changelist", or a route)."""
        for route in self._all_routes():
            if route.name == name:
                return self._allows(request, route)
        return self.has_view_permission(request)

    def _allows(self, request: HttpRequest, route: Route) -> bool:
        permission = self.permission if route.permission is None else route.permission
        return (
            request.user.has_perm(permission) if permission else self.has_view_permission(request)
        )

    # Addresses

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                route.address,
                self.admin_site.admin_view(self._guarded(route)),
                name=self._named(route.name),
            )
            for route in self._all_routes()
        ]
        return [*own, *super().get_urls()]

    def _all_routes(self) -> Iterator[Route]:
        for kind in type(self).__mro__:
            yield from vars(kind).get("routes", ())

    def _guarded(self, route: Route) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            if route.only and request.method not in {
                route.only,
                "HEAD" if route.only == "GET" else "",
            }:
                return HttpResponseNotAllowed([route.only])
            if not self._allows(request, route):
                raise PermissionDenied
            if not route.only and (keyed_page := key_in_address(request)):
                return keyed_page
            answer: HttpResponseBase = getattr(self, route.view)(request, **arguments)
            return answer

        return view

    def _named(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def url(self, name: str, *arguments: Any) -> str:
        """The address of a page of this desk."""
        return reverse(f"admin:{self._named(name)}", args=arguments)

    # Reading

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tools = [
            (self.url(name), words) for name, words in self.tools if self.may_open(request, name)
        ]
        return super().changelist_view(request, {"tools": tools, **(extra_context or {})})

    def opened(self, request: HttpRequest, object_id: Any) -> Any:
        """The row of a page that only reads. Raises PermissionDenied, Http404."""
        row = self.get_object(request, str(object_id))
        if request.method not in READ or not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        return row

    def row(self, pk: int) -> Any:
        """The row that somebody acts on. Raises Http404."""
        chosen_row = self.all_rows().filter(pk=pk).first()
        if chosen_row is None:
            raise Http404
        return chosen_row

    def all_rows(self) -> QuerySet[Any]:
        """All rows, with what their page needs."""
        related = self.list_select_related
        rows = self.model._default_manager.all()
        return rows.select_related(*related) if isinstance(related, tuple | list) else rows

    def show(
        self, request: HttpRequest, template: str, *, status: int = 200, **values: Any
    ) -> TemplateResponse:
        """A page of the admin; `values` fill its template."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, template, context, status=status)

    # Acting

    def carry_out(
        self,
        request: HttpRequest,
        act: Callable[[User, datetime], Words],
        *,
        to: str,
        back: str = "",
        onward: Callable[[User], str] | None = None,
        about: Any = None,
    ) -> HttpResponse:
        """Do `act` in one transaction and say what it answers; then `to`, or what `onward` finds.

        A form that comes again does nothing more, and its answer is the first one's.
        A refusal is a sentence on the page `back` ("": `to`); 403 and 404 where it says so.
        `about`: the row whose history in the admin keeps the sentence.
        """
        try:
            return self._once(request, lambda: self._done(request, act, to, onward, about))
        except DomainError as error:
            messages.error(request, self._sentence(error))
            return self.go(request, back or to)

    def fill(
        self,
        request: HttpRequest,
        form: forms.BaseForm,
        act: Callable[[User, datetime], Words],
        *,
        to: str,
        onward: Callable[[User], str] | None = None,
        about: Any = None,
    ) -> HttpResponse | None:
        """As `carry_out` with a form that was sent; None while it is to be shown (again), with what is wrong."""
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            return self._once(request, lambda: self._done(request, act, to, onward, about))
        except DomainError as error:
            form.add_error(None, self._sentence(error))
            return None

    def _once(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        by = person_with(request, "")
        answered = answer_once(request, answer, customer=None, by=by)
        assert isinstance(answered, HttpResponse)
        return answered

    def _done(
        self,
        request: HttpRequest,
        act: Callable[[User, datetime], Words],
        to: str,
        onward: Callable[[User], str] | None,
        about: Any,
    ) -> HttpResponse:
        by = person_with(request, "")
        said = str(act(by, moment()))
        if about is not None:
            self.log_change(request, about, said)
        messages.success(request, said)
        return self.go(request, onward(by) if onward else to)

    def _sentence(self, error: DomainError) -> str:
        """Raises PermissionDenied, Http404 where the refusal means that."""
        if error.code == "not_permitted":
            raise PermissionDenied from error
        if error.code == "not_found":
            raise Http404 from error
        return sentence(error)

    def go(self, request: HttpRequest, to: str) -> HttpResponse:
        """To that page of the admin, or to the first one where the person may not open it."""
        name = resolve(urlsplit(to).path).url_name or ""
        for model, shown in self.admin_site._registry.items():
            start = f"{model._meta.app_label}_{model._meta.model_name}_"
            if name.startswith(start):
                page = name.removeprefix(start)
                may = (
                    shown.may_open(request, page)
                    if isinstance(shown, Desk)
                    else shown.has_view_permission(request)
                )
                return redirect(to if may else reverse("admin:index"))
        return redirect(to)

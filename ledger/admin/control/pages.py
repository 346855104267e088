"""Controlling the books in the admin: a list, a page per row with what may be done, POST only.

The services check right, state and four eyes; here it is made sure that nobody decides on a row
that changed since the page was opened (`seen`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin
from accounts.models import User
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from ledger.services.operators import CONTROL


@dataclass(frozen=True, slots=True)
class Deed:
    """A button: its words, what it does with (row, person, note, at), whether it asks for a note."""

    words: str | Promise
    run: Callable[[Any, User, str, datetime], Any]
    done: str | Promise
    asks_note: bool = False


class ControlAdmin(FactAdmin):
    """Facts that people with the right to control the books act on."""

    deeds: Mapping[str, Deed] = {}
    form_class: type[forms.Form] | None = None
    form_title: str | Promise = ""
    change_list_template = "admin/ledger/control_list.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(CONTROL) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CONTROL) or super().has_module_permission(request)

    def get_urls(self) -> list[Any]:
        guard, name = self.admin_site.admin_view, f"ledger_{self.opts.model_name}"
        own = [
            path("<int:pk>/do/<slug:name>/", guard(require_POST(self.deed_view)), name=f"{name}_do")
        ]
        if self.form_class:
            own.append(path("new/", guard(self.new_view), name=f"{name}_new"))
        return [*own, *super().get_urls()]

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """Label and value, one line each, as the page of a row shows them."""
        raise LookupError(row)  # each admin says its own

    def offered(self, row: Any) -> list[str]:
        """The deeds that its state allows."""
        return list(self.deeds)

    def token(self, row: Any) -> str:
        """What a person has seen of its state."""
        return str(row.pk)

    def lock(self, row: Any) -> None:
        """The locks that the service takes first."""

    def create(self, data: dict[str, Any], by: User, at: datetime) -> Any:
        """What the form of `new/` asks for."""
        raise LookupError(data)  # only admins with a form have it

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        may = self.form_class is not None and request.user.has_perm(CONTROL)
        link = reverse(f"admin:ledger_{self.opts.model_name}_new") if may else ""
        extra = {"new_link": link, "new_words": self.form_title, **(extra_context or {})}
        return super().changelist_view(request, extra)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if row is None:
            raise Http404
        may = request.user.has_perm(CONTROL)
        context = {
            "title": str(row),
            "row": row,
            "facts": self.facts(row),
            "gaps": self.gaps(row),
            "seen": self.token(row),
            "deeds": [(n, self.deeds[n], self._url(row, n)) for n in self.offered(row) if may],
        }
        return self._page(request, "admin/ledger/control.html", context)

    def gaps(self, row: Any) -> list[Any]:
        """Differences to be shown in a table of their own."""
        return []

    def deed_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Do one thing with a row. POST only; 403 without the right, any other refusal is a message."""
        if not request.user.has_perm(CONTROL):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if row is None or name not in self.deeds:
            raise Http404
        try:
            with transaction.atomic():
                self.lock(row)
                row.refresh_from_db()
                if self.token(row) != request.POST.get("seen"):
                    messages.error(request, _("It changed since you opened it. Nothing was done."))
                else:
                    note = request.POST.get("note", "")
                    self.deeds[name].run(row, _person(request), note, moment())
                    messages.success(request, str(self.deeds[name].done))
        except DomainError as error:
            _say(request, error)
        return redirect(reverse(f"admin:ledger_{self.opts.model_name}_change", args=[pk]))

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """The form of a new row; sending it calls the service."""
        if not request.user.has_perm(CONTROL) or self.form_class is None:
            raise PermissionDenied
        form = self.form_class(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    row = self.create(form.cleaned_data, _person(request), moment())
            except DomainError as error:
                _say(request, error)
            else:
                messages.success(request, _("It is written down."))
                return redirect(
                    reverse(f"admin:ledger_{self.opts.model_name}_change", args=[row.pk])
                )
        return self._page(
            request, "admin/ledger/control_new.html", {"title": self.form_title, "form": form}
        )

    def _url(self, row: Any, name: str) -> str:
        return reverse(f"admin:ledger_{self.opts.model_name}_do", args=[row.pk, name])

    def _page(self, request: HttpRequest, template: str, values: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, template, context)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _say(request: HttpRequest, error: DomainError) -> None:
    if error.code == "not_permitted":
        raise PermissionDenied from error
    messages.error(request, sentence(error))

"""Requests that staff decide in the admin: a queue, one page to decide, documents to read.

The services check right, state and four eyes; here it is made sure that nobody decides on a request
that changed since the page was opened (`seen`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.admin.facts import FactAdmin
from accounts.models import User
from accounts.views.downloads import download_as_staff
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError

Decision = Callable[[Any, User, str, datetime], Any]


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a decision."""

    title, parameter_name = gettext_lazy("waiting"), "waiting"

    def __init__(self, request: Any, params: Any, model: Any, model_admin: "DecideAdmin") -> None:
        self.waiting = model_admin.waiting
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("Waiting for a decision"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        waiting: Any = self.waiting
        return queryset.filter(status__in=waiting) if self.value() == "yes" else queryset


class DecideAdmin(FactAdmin):
    """Read-only rows with `status`, `documents` and two buttons: approve, and refuse with a reason."""

    permission = ""
    waiting: Sequence[str] = ("submitted",)
    decisions: Mapping[str, Decision] = {}
    done: Mapping[str, str | Promise] = {}
    list_select_related: ClassVar[tuple[str, ...]] = ("customer", "submitted_by", "decided_by")
    list_filter = (WaitingFilter, "status")
    search_fields: ClassVar[tuple[str, ...]] = ("name", "tax_id", "customer__code")
    ordering = ("-pk",)

    def lock(self, pk: int) -> Any:
        """The row, locked as its service locks it."""
        raise LookupError(pk)  # each admin says its own

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """Label and value, one line each."""
        raise LookupError(row)

    def documents(self, row: Any) -> Iterable[Any]:
        """The uploaded files that belong to the row."""
        found: Iterable[Any] = row.documents.all()
        return found

    def more(self, row: Any) -> Mapping[str, Any]:
        """What the page of this row needs besides."""
        return {}

    def offered(self, row: Any) -> Iterable[str]:
        """The decisions that are possible now."""
        return self.decisions if row.status in self.waiting else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.permission) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission) or super().has_module_permission(request)

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/do/<slug:name>/",
                guard(require_POST(self.decide_view)),
                name=f"{self._name}_do",
            ),
            path(
                "<int:pk>/files/<int:file_pk>/",
                guard(require_GET(self.file_view)),
                name=f"{self._name}_file",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page to decide. Reading it changes nothing."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if row is None:
            raise Http404
        may = request.user.has_perm(self.permission)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "row": row,
            "facts": self.facts(row),
            "list_url": reverse(f"admin:{self._name}_changelist"),
            "files": [
                (file, reverse(f"admin:{self._name}_file", args=[row.pk, file.pk]))
                for file in self.documents(row)
            ]
            if may
            else [],
            "urls": {
                name: reverse(f"admin:{self._name}_do", args=[row.pk, name])
                for name in (self.offered(row) if may else ())
            },
            "seen": _token(row),
            **self.more(row),
        }
        return TemplateResponse(request, "admin/accounts/decide.html", context)

    def decide_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Approve or refuse. POST only; 403 without the right, any other refusal is a message."""
        person = self._person(request)
        if name not in self.decisions:
            raise Http404
        try:
            with transaction.atomic():
                row = self.lock(pk)
                if _token(row) != request.POST.get("seen"):
                    messages.error(request, _("It changed since you opened it. Nothing was done."))
                else:
                    self.decisions[name](row, person, request.POST.get("reason", ""), moment())
                    messages.success(request, str(self.done[name]))
        except DomainError as error:
            if error.code == "not_found":
                raise Http404 from error
            if error.code == "not_permitted":
                raise PermissionDenied from error
            messages.error(request, sentence(error))
        return redirect(reverse(f"admin:{self._name}_change", args=[pk]))

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
        """A document of this request, for those who may decide; leaves a line in the log."""
        person = self._person(request)
        row = self.get_object(request, str(pk))
        file = row.documents.filter(pk=file_pk).first() if row else None
        if file is None:
            raise Http404
        return download_as_staff(file, person.username, f"{self.opts.model_name} {pk}")

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _person(self, request: HttpRequest) -> User:
        """Who is signed in, with the right to decide. Raises PermissionDenied."""
        if not isinstance(request.user, User) or not request.user.has_perm(self.permission):
            raise PermissionDenied
        return request.user


def _token(row: Any) -> str:
    """What a person has seen of its state."""
    return f"{row.pk}.{row.status}"

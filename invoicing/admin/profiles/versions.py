"""Versions of profiles in the admin: drafted in a form, read as a what-if, scheduled by somebody else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin.facts import FactAdmin
from accounts.models import User
from finance_console.doors.paging import number
from finance_console.doors.refusals import sentence
from finance_console.kernel.clock import moment
from finance_console.kernel.errors import DomainError
from invoicing.admin.profiles.form import ProfileForm
from invoicing.domain import profiles
from invoicing.models import ProfileVersion
from invoicing.presenters.profile_words import KEYS, key_words
from invoicing.presenters.profiles import of_version
from invoicing.queries.policies import codes_in_force, version_in_force, written
from invoicing.services.profiles import versions as service
from invoicing.services.profiles.moves import RULES

Status = ProfileVersion.Status
Deed = tuple[str | Promise, Callable[[ProfileVersion, User, datetime], Any], str | Promise]
DEEDS: Mapping[str, Deed] = {
    "schedule": (
        gettext_lazy("Schedule it: it cannot be changed any more"),
        lambda row, by, at: service.schedule_profile(version=row, by=by, at=at),
        gettext_lazy("It is scheduled."),
    ),
    "drop": (
        gettext_lazy("Drop it"),
        lambda row, by, at: service.drop_profile(version=row, by=by, at=at),
        gettext_lazy("It is dropped."),
    ),
}
"""Words of the button, what it does, what is said afterwards."""
OFFERED = {Status.DRAFT: ("schedule", "drop"), Status.SCHEDULED: ("drop",)}
PAGE = "admin:invoicing_profileversion_change"


@admin.register(ProfileVersion)
class ProfileVersionAdmin(FactAdmin):
    """Whoever may change rules drafts and schedules; others with the right to view may read."""

    list_display = ("code", "version", "status", "effective_from", "made_by", "scheduled_by")
    list_select_related = ("made_by", "scheduled_by")
    list_filter = ("status", "code")
    search_fields = ("code",)
    change_list_template = "admin/invoicing/profile_list.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(RULES) or super().has_view_permission(request, obj)

    def get_urls(self) -> list[Any]:
        guard, name = self.admin_site.admin_view, "invoicing_profileversion"
        return [
            path("new/<slug:base>/", guard(self.new_view), name=f"{name}_new"),
            path("<int:pk>/edit/", guard(self.edit_view), name=f"{name}_edit"),
            path("<int:pk>/do/<slug:deed>/", guard(require_POST(self.do_view)), name=f"{name}_do"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        codes = codes_in_force() if request.user.has_perm(RULES) else []
        return super().changelist_view(request, {"codes": codes, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the version would change, for whom, and what may be done with it. Reading changes nothing."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        if row is None:
            raise Http404
        deeds = OFFERED.get(row.status, ()) if request.user.has_perm(RULES) else ()
        what_if = of_version(row, number(request.GET, "customers"), number(request.GET, "pending"))
        context = {
            "title": str(row),
            "row": row,
            "what_if": what_if if row.status in OFFERED else None,
            "own": row.made_by_id == request.user.pk,
            "changes": _against_base(row),
            "seen": token(row),
            "deeds": [(name, DEEDS[name][0]) for name in deeds],
            "may_edit": bool(deeds) and row.status == Status.DRAFT,
        }
        return self._page(request, "admin/invoicing/profile.html", context)

    def new_view(self, request: HttpRequest, base: str) -> HttpResponse:
        """A new draft that starts as the version of `base` in force now."""
        _require(request)
        try:
            policy = profiles.get(base, version_in_force(base))
        except LookupError:
            raise Http404 from None
        proposed = service.next_number()
        form = ProfileForm(request.POST or None, policy=policy, new=True)

        def save(by: User, at: datetime) -> ProfileVersion:
            return service.draft_profile(
                code=form.cleaned_data["code"],
                number=number(request.POST, "number") or proposed,
                base=policy,
                values=form.values(),
                effective_from=form.cleaned_data["effective_from"],
                by=by,
                at=at,
            )

        title = _("New rules, based on %(profile)s version %(version)s") % {
            "profile": base,
            "version": policy.version,
        }
        return self._form(request, form, save, {"title": title, "number": proposed})

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a draft."""
        _require(request)
        row = self.get_object(request, str(pk))
        if row is None or row.status != Status.DRAFT:
            raise Http404
        initial = {"effective_from": row.effective_from}
        form = ProfileForm(request.POST or None, policy=written(row), new=False, initial=initial)

        def save(by: User, at: datetime) -> ProfileVersion:
            _require_seen(request, row)
            return service.change_draft(
                version=row,
                values=form.values(),
                effective_from=form.cleaned_data["effective_from"],
                by=by,
                at=at,
            )

        return self._form(request, form, save, {"title": str(row), "seen": token(row)})

    def do_view(self, request: HttpRequest, pk: int, deed: str) -> HttpResponse:
        """Schedule or drop a version. POST only; any refusal but a missing right is a message."""
        _require(request)
        row = self.get_object(request, str(pk))
        if row is None or deed not in DEEDS:
            raise Http404
        _words, run, done = DEEDS[deed]
        try:
            with transaction.atomic():
                _require_seen(request, row)
                run(row, _person(request), moment())
        except DomainError as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, str(done))
        return redirect(reverse(PAGE, args=[pk]))

    def _form(
        self,
        request: HttpRequest,
        form: ProfileForm,
        save: Callable[[User, datetime], ProfileVersion],
        context: dict[str, Any],
    ) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    row = save(_person(request), moment())
            except DomainError as error:
                form.add_error(None, sentence(_in_words(error)))
            else:
                messages.success(request, _("The draft is kept. Somebody else can schedule it."))
                return redirect(reverse(PAGE, args=[row.pk]))
        return self._page(request, "admin/invoicing/profile_form.html", {"form": form, **context})

    def _page(self, request: HttpRequest, template: str, values: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **values}
        return TemplateResponse(request, template, context)


def token(row: ProfileVersion) -> str:
    """What a person has seen of a version."""
    return f"{row.pk}-{row.status}-{row.made_at.timestamp()}"


def _require_seen(request: HttpRequest, row: ProfileVersion) -> None:
    """Raises `changed_meanwhile` when the version, locked now, is not the one that was looked at."""
    if token(service.lock(row.pk)) != request.POST.get("seen"):
        raise DomainError("changed_meanwhile")


def _against_base(row: ProfileVersion) -> list[str]:
    return [key_words(key) for key in KEYS if key in row.changes]


def _in_words(error: DomainError) -> DomainError:
    values = dict(error.values)
    if values.get("key"):
        values["key"] = key_words(str(values["key"]))
    return DomainError(error.code, **values)


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(RULES):
        raise PermissionDenied


def _person(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user

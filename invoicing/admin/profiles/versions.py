"""Versions of profiles in the admin: drafted in a form, read as a what-if, scheduled by somebody else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.decisions import Decision, DecisionDesk
from accounts.admin.desk import Route
from accounts.models import User
from finance_console.doors.paging import number
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
OFFERED = {Status.DRAFT: ("schedule", "drop"), Status.SCHEDULED: ("drop",)}


@admin.register(ProfileVersion)
class ProfileVersionAdmin(DecisionDesk):
    """Whoever may change rules drafts and schedules; others with the right to view may read."""

    list_display = ("code", "version", "status", "effective_from", "made_by", "scheduled_by")
    list_select_related = ("made_by", "scheduled_by")
    list_filter = ("status", "code")
    search_fields = ("code",)
    change_list_template = "admin/invoicing/profile_list.html"

    permission = RULES
    page_template = "admin/invoicing/profile.html"
    routes = (
        Route(address="new/<slug:base>/", view="new_view", name="new"),
        Route(address="<int:pk>/edit/", view="edit_view", name="edit"),
    )
    decisions = {
        "schedule": Decision(
            words=gettext_lazy("Schedule it: it cannot be changed any more"),
            act=lambda row, by, text, at: service.schedule_profile(version=row, by=by, at=at),
            done=gettext_lazy("It is scheduled."),
            primary=True,
        ),
        "drop": Decision(
            words=gettext_lazy("Drop it"),
            act=lambda row, by, text, at: service.drop_profile(version=row, by=by, at=at),
            done=gettext_lazy("It is dropped."),
        ),
    }

    def offered(self, row: ProfileVersion) -> tuple[str, ...]:
        return OFFERED.get(row.status, ())

    def seen(self, row: ProfileVersion) -> str:
        return f"{row.pk}-{row.status}-{row.made_at.timestamp()}"

    def lock(self, row: ProfileVersion) -> ProfileVersion:
        return service.lock(row.pk)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        codes = codes_in_force() if request.user.has_perm(RULES) else []
        return super().changelist_view(request, {"codes": codes, **(extra_context or {})})

    def page(self, request: HttpRequest, row: ProfileVersion) -> Mapping[str, Any]:
        """What the version would change, for whom, and what may be done with it."""
        what_if = of_version(row, number(request.GET, "customers"), number(request.GET, "pending"))
        return {
            "what_if": what_if if row.status in OFFERED else None,
            "own": row.made_by_id == request.user.pk,
            "changes": _against_base(row),
            "may_edit": self.may_act(request) and row.status == Status.DRAFT,
        }

    def new_view(self, request: HttpRequest, base: str) -> HttpResponse:
        """A new draft that starts as the version of `base` in force now."""
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
        row = self.row(pk)
        if row.status != Status.DRAFT:
            raise Http404
        initial = {"effective_from": row.effective_from}
        form = ProfileForm(request.POST or None, policy=written(row), new=False, initial=initial)

        def save(by: User, at: datetime) -> ProfileVersion:
            return service.change_draft(
                version=self.locked_as_seen(request, row),
                values=form.values(),
                effective_from=form.cleaned_data["effective_from"],
                by=by,
                at=at,
            )

        return self._form(request, form, save, {"title": str(row), "seen": self.seen(row)})

    def _form(
        self,
        request: HttpRequest,
        form: ProfileForm,
        save: Callable[[User, datetime], ProfileVersion],
        context: dict[str, Any],
    ) -> HttpResponse:
        def act(by: User, at: datetime) -> str:
            try:
                kept.append(save(by, at))
            except DomainError as error:
                raise _in_words(error) from error
            return _("The draft is kept. Somebody else can schedule it.")

        def onward(by: User) -> str:
            return self.url("change", kept[0].pk)

        kept = list[ProfileVersion]()
        done = self.fill(request, form, act, to=self.url("changelist"), onward=onward)
        return done or self.show(request, "admin/invoicing/profile_form.html", form=form, **context)


def _against_base(row: ProfileVersion) -> list[str]:
    return [key_words(key) for key in KEYS if key in row.changes]


def _in_words(error: DomainError) -> DomainError:
    values = dict(error.values)
    if values.get("key"):
        values["key"] = key_words(str(values["key"]))
    return DomainError(error.code, **values)

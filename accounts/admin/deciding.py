"""Requests that customers submit with documents: a queue, one page to decide, the documents to read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.http import FileResponse, Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.admin.decisions import Decision, DecisionDesk
from accounts.admin.desk import Route, person_with
from accounts.models import User
from accounts.views.downloads import download_as_staff

Act = Callable[[Any, User, str, datetime], object]


def approving(act: Act, done: str | Promise) -> Decision:
    """The button that approves."""
    return Decision(words=_("Approve"), act=act, done=done, primary=True)


def refusing(act: Act, done: str | Promise) -> Decision:
    """The button that refuses; the customer reads why."""
    return Decision(
        words=_("Refuse with this reason"),
        act=act,
        done=done,
        asks=_("Reason"),
        help=_("The customer reads it in the console, by email and by text message."),
        long=True,
    )


class RequestDesk(DecisionDesk):
    """Rows with `status` and `documents`, and two decisions: approve, and refuse with a reason."""

    open_states: Sequence[str] = ("submitted",)
    list_select_related: ClassVar[tuple[str, ...]] = ("customer", "submitted_by", "decided_by")
    search_fields: ClassVar[tuple[str, ...]] = ("name", "tax_id", "customer__code")
    routes: tuple[Route, ...] = (
        Route(address="<int:pk>/files/<int:file_pk>/", view="file_view", name="file", only="GET"),
    )

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """Label and value, one line each."""
        raise LookupError(row)  # each desk says its own

    def documents(self, row: Any) -> Iterable[Any]:
        """The uploaded files that belong to the row."""
        files: Iterable[Any] = row.documents.all()
        return files

    def offered(self, row: Any) -> tuple[str, ...]:
        return tuple(self.decisions) if row.status in self.open_states else ()

    def page(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        files = self.documents(row) if self.may_act(request) else ()
        return {
            "facts": self.facts(row),
            "files": [(file, self.url("file", row.pk, file.pk)) for file in files],
            "list_url": f"{self.url('changelist')}?waiting=yes",
        }

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
        """A document of this request, for those who may decide; leaves a line in the log."""
        person = person_with(request, self.permission)
        file = next((file for file in self.documents(self.row(pk)) if file.pk == file_pk), None)
        if file is None:
            raise Http404
        return download_as_staff(file, person.username, f"{self.opts.model_name} {pk}")

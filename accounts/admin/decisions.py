"""The desk where staff decide about one row: its page, its buttons, what each does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from accounts.admin.desk import Desk, Route, Words
from accounts.models import User
from finance_console.kernel.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A button, what it does with (row, person, text, at), and what is said afterwards.

    `asks`: what its one field is called ("" for none): a line, sentences (`long`), or an `amount`.
    `account`: what an optional second line is called that names an account of ours; `act` takes it
    as its keyword `account` then.
    `previews`: it leads to a page that says first what would happen, called `title`. `%(row)s` in
    the words is the row.
    """

    words: Words
    act: Callable[..., object]
    done: Words
    asks: Words = ""
    help: Words = ""
    account: Words = ""
    long: bool = False
    amount: bool = False
    primary: bool = False
    previews: bool = False
    title: Words = ""


class DecisionDesk(Desk):
    """A page per row with what may be decided about it."""

    decisions: Mapping[str, Decision] = {}
    page_template = "admin/desk/facts.html"
    routes: tuple[Route, ...] = (
        Route(address="<int:pk>/do/<slug:name>/", view="decide_view", name="do", only="POST"),
    )

    def offered(self, row: Any) -> tuple[str, ...]:
        """The names of the decisions that its state allows."""
        return tuple(self.decisions)

    def seen(self, row: Any) -> str:
        """What a person has seen of its state: it travels through the form."""
        return f"{row.pk}.{row.status}"

    def lock(self, row: Any) -> Any:
        """The row as it is now, locked as its service locks it."""
        raise LookupError(row)  # each desk says its own

    def page(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        """What the template of the page needs besides."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page to decide. Reading it changes nothing; nothing is saved here."""
        row = self.opened(request, object_id)
        context = {
            "title": str(row),
            "row": row,
            "seen": self.seen(row),
            "decisions": self.buttons(row) if self.may_act(request) else [],
            "list_url": self.url("changelist"),
            **self.page(request, row),
        }
        return self.show(request, self.page_template, **context)

    def buttons(self, row: Any) -> list[tuple[str, str, Decision]]:
        """Name, address and words of what may be decided now."""
        return [
            (name, self.url("preview" if decision.previews else "do", row.pk, name), decision)
            for name, decision in ((name, self.decisions[name]) for name in self.offered(row))
        ]

    def decide_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Decide, if it is still as it was seen. POST only; a refusal is a message on the page."""
        row, decision = self.row(pk), self.decision(name)

        def act(by: User, at: datetime) -> Words:
            return self.decide(request, row, decision, by, at)

        page = self.after(request, row)
        return self.carry_out(request, act, to=page, back=self.url("change", pk), about=row)

    def decision(self, name: str) -> Decision:
        """Raises Http404 for one that there is not."""
        if name not in self.decisions:
            raise Http404
        return self.decisions[name]

    def decide(
        self, request: HttpRequest, row: Any, decision: Decision, by: User, at: datetime
    ) -> Words:
        """Lock, compare what was seen, act. Raises `changed_since_opened`."""
        locked = self.locked_as_seen(request, row)
        more = {"account": request.POST.get("account", "")[:40]} if decision.account else {}
        decision.act(locked, by, request.POST.get("text", "")[:300], at, **more)
        return str(decision.done) % {"row": row}

    def locked_as_seen(self, request: HttpRequest, row: Any) -> Any:
        """The row, locked, if it is still what the person looked at. Raises `changed_since_opened`."""
        locked = self.lock(row)
        if self.seen(locked) != request.POST.get("seen"):
            raise DomainError("changed_since_opened")
        return locked

    def after(self, request: HttpRequest, row: Any) -> str:
        """Where it goes on after a decision."""
        return self.url("change", row.pk)

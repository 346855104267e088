"""What a person may do with something now, and if not, why not: the one engine behind every table of actions.

A table says for each action whose it is and what must hold. Templates, the admin, stories and the services
themselves ask it, so that what is offered is what is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from accounts.models import User
from finance_console.kernel.errors import DomainError

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Action:
    """An action on offer. Not allowed: `reason` is a refusal code, `values` fill its sentence."""

    name: str
    allowed: bool
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Actions(Generic[Subject]):
    """By name: whether the action is the actor's at all, and what raises the refusal if not now.

    `actor` None is the system.
    """

    checks: Mapping[
        str,
        tuple[
            Callable[[Subject, User | None], bool],
            Callable[[Subject, User | None, datetime], None],
        ],
    ]

    def offered(
        self, name: str, subject: Subject, actor: User | None, at: datetime
    ) -> Action | None:
        """One action, allowed or with the reason why not; None where it is not the actor's."""
        is_theirs, check = self.checks[name]
        if not is_theirs(subject, actor):
            return None
        try:
            check(subject, actor, at)
        except DomainError as error:
            return Action(name, False, error.code, error.values)
        return Action(name, True)

    def available(self, subject: Subject, actor: User | None, at: datetime) -> list[Action]:
        """All actions of the actor, in the order of the table."""
        offers = (self.offered(name, subject, actor, at) for name in self.checks)
        return [action for action in offers if action is not None]

    def require(self, name: str, subject: Subject, actor: User | None, at: datetime) -> None:
        """Raise the refusal if `actor` may not do `name` with the (locked) subject now."""
        is_theirs, check = self.checks[name]
        if not is_theirs(subject, actor):
            raise DomainError("not_permitted")
        check(subject, actor, at)

"""Ports: what a lower app must be given by an upper one, and the one way to give it.

A lower app declares a port and asks it; the upper app provides the answer when it starts. Nobody answers silently
in its place: a process in which a port is still empty once all apps are ready refuses to start.
"""

from typing import ClassVar, Generic, TypeVar

Given = TypeVar("Given")


class Port(Generic[Given]):
    """One question to whoever stands above, answered by what was provided last."""

    _all: ClassVar[list["Port"]] = []

    def __init__(self, question: str) -> None:
        self.question = question
        self._given: Given | None = None
        Port._all.append(self)

    def provide(self, given: Given) -> None:
        """Let `given` answer from now on."""
        self._given = given

    @property
    def given(self) -> Given:
        """What answers. Raises LookupError before anything was provided."""
        if self._given is None:
            raise LookupError(f"Nobody says {self.question}.")
        return self._given

    @classmethod
    def require_all(cls) -> None:
        """Raises LookupError, naming the questions, while there is a port that nobody answers."""
        if open_questions := [port.question for port in cls._all if port._given is None]:
            raise LookupError(f"Nobody says {'; nobody says '.join(open_questions)}.")

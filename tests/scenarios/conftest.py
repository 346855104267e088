"""Scenarios are about rules, not about typesetting: documents are rendered to a stand-in."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this file is read before Django is set up
    from tests.scenarios.stage import Stage


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    from invoicing.documents.files import FORMATS, Rendered
    from invoicing.services.issuing import filing

    monkeypatch.setattr(
        filing,
        "render_files",
        lambda snapshot: Rendered(
            {name: f"{name} {snapshot.digest()}".encode() for name in FORMATS}
        ),
    )


@pytest.fixture
def stage(db: None) -> Iterator["Callable[..., Stage]"]:
    """Stages whose profile variants end with the test; every invariant must hold at its end."""
    from tests.scenarios.stage import Stage

    stages: list[Stage] = []

    def make(*args: object, **kwargs: object) -> Stage:
        stages.append(Stage(*args, **kwargs))  # type: ignore[arg-type]
        return stages[-1]

    yield make
    for made in stages:
        made.clean()
        made.close()

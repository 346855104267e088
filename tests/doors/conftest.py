"""Doors ask the clock: here it stands still when a test of the console asks for it."""

import pytest

from finance_console.kernel import clock


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.doors.console import Clock

    monkeypatch.setattr(clock, "datetime", Clock)

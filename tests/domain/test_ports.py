"""Ports: what a lower app must be given, and what happens when nobody gives it."""

import pytest

from finance_console.kernel.ports import Port


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Port[int]:
    monkeypatch.setattr(Port, "_all", [])
    return Port("how many there are")


def test_a_port_answers_with_what_was_provided_last(port: Port[int]) -> None:
    port.provide(1)
    port.provide(2)
    assert port.given == 2
    Port.require_all()


def test_nobody_answers_silently_in_its_place(port: Port[int]) -> None:
    with pytest.raises(LookupError, match="Nobody says how many there are"):
        _ = port.given
    with pytest.raises(LookupError, match="Nobody says how many there are"):
        Port.require_all()

"""What the machine lacks for documents is said before the first document fails."""

import pytest

from finance_console import checks


def test_this_machine_lacks_nothing() -> None:
    assert checks.check_documents() == []


def test_each_missing_thing_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = tuple(
        (code, lambda: False, text, package) for code, _, text, package in checks._NEEDS
    )
    monkeypatch.setattr(checks, "_NEEDS", nothing)

    found = checks.check_documents()

    assert [(message.id, message.msg.rsplit(". Install ")[-1]) for message in found] == [
        ("finance_console.E001", "libpango-1.0-0."),
        ("finance_console.E002", "libpangoft2-1.0-0."),
        ("finance_console.E003", "libharfbuzz-subset0."),
        ("finance_console.E004", "fonts-arphic-ukai."),
        ("finance_console.E005", "fonts-arphic-uming."),
    ]


def test_a_library_or_a_typeface_that_is_not_there_is_noticed() -> None:
    assert not checks._library("libnobody-has-this.so.9")()
    assert not checks._typeface("nobody-has-this.ttc")()

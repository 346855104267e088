"""A missing library or typeface is one clear sentence that names the package."""

import pytest

from finance_console.operating import checks
from invoicing.documents import fonts


def test_this_machine_has_what_documents_need() -> None:
    assert checks.check_documents() == []


def test_each_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checks,
        "LIBRARIES",
        [
            (("libnobody-has-this.so.9",), text, package)
            for _names, text, package in checks.LIBRARIES
        ],
    )
    found = [problem.msg.rsplit(" ", 1)[-1] for problem in checks.check_documents()]
    assert found == ["libpango-1.0-0.", "libpangoft2-1.0-0.", "libharfbuzz-subset0."]


def test_a_missing_typeface_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PACKAGES", (("fonts-arphic-ukai", ("nobody-has-this.ttc",)),))
    (problem,) = checks.check_documents()
    assert problem.msg.endswith("documents need the Debian package fonts-arphic-ukai.")

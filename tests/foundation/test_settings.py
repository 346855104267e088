"""The console refuses to start insecurely, says so in one sentence, and documents every knob."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from finance_console.embedded.leases import BASE_DIR

PRODUCTION = {
    "SECRET_KEY": "k9-" + "vX3qLw8Rz5Tn" * 5,
    "ALLOWED_HOSTS": "console.example.com",
    "DATABASE_URL": "postgresql://console:topsecret@127.0.0.1:1/console",
    "REDIS_URL": "redis://:topsecret@127.0.0.1:1/0",
}


def manage(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as on a machine that has nothing but these variables."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or shorter than 50 characters"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter than 50 characters"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL must be a PostgreSQL address"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be a PostgreSQL address"),
        ({"DATABASE_URL": "postgresql://host:5x/db"}, "DATABASE_URL must be a PostgreSQL address"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL must be a Redis address"),
        ({"REDIS_URL": "redis://host:6x/0"}, "REDIS_URL must be a Redis address"),
        ({"VERIFICATION_BASE_URL": "console.example.com"}, "VERIFICATION_BASE_URL must be the"),
        ({"VERIFICATION_BASE_URL": "https://c.example.com"}, "VERIFICATION_KEY must have at least"),
        ({"CREDIT_DECISION_LIMIT": "-1"}, "CREDIT_DECISION_LIMIT must be an amount"),
    ],
)
def test_insecure_settings_are_refused_in_one_sentence(
    tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    said = manage("check", var=tmp_path, **{**PRODUCTION, **change})

    assert said.returncode == 1
    assert said.stderr.startswith(sentence)
    assert len(said.stderr.splitlines()) == 1


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    said = manage("check", "--deploy", "--fail-level", "WARNING", var=tmp_path, **PRODUCTION)

    assert (said.returncode, said.stderr) == (0, "")


def test_an_unreachable_database_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    said = manage("migrate", var=tmp_path, **PRODUCTION)

    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("The database at 127.0.0.1:1 does not answer: ")
    assert "Traceback" not in said.stderr
    assert "topsecret" not in said.stdout + said.stderr


def test_an_unreachable_redis_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    ask = "from django.core.cache import cache; cache.get('anything')"

    said = manage("shell", "--no-imports", "--command", ask, var=tmp_path, **PRODUCTION)

    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("Redis at 127.0.0.1:1 does not answer: ")
    assert "Traceback" not in said.stderr
    assert "topsecret" not in said.stdout + said.stderr


def test_cookies_are_bound_to_the_host_over_https(tmp_path: Path) -> None:  # R48
    show = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )

    said = manage("shell", "--no-imports", "--command", show, var=tmp_path, **PRODUCTION)

    assert said.stdout == "__Host-sessionid __Host-csrftoken True True\n"


def test_every_knob_is_documented_and_every_documented_knob_exists() -> None:
    table = (BASE_DIR / "docs" / "configuration.md").read_text()
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, flags=re.MULTILINE)

    assert sorted(documented) == sorted(_knobs() | {"VAR_DIR"})


def _knobs() -> set[str]:
    """The names that settings.py asks the environment for."""
    tree = ast.parse((BASE_DIR / "finance_console" / "settings.py").read_text())
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }

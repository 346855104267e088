#!/usr/bin/env python3
"""The command line of the console. Starts what is missing on a developer's machine, says what fails in one sentence."""

import os
import sys

# Commands that look at the source only: no server is started for them.
WITHOUT_SERVERS = frozenset(
    {"check", "collectstatic", "compilemessages", "findstatic", "help", "makemessages", "version"}
)


def _is_for_a_look(command: str) -> bool:
    """Whether nothing needs to be configured: the demo, and a story where nobody configured anything.

    A story that is kept (`--keep`) goes into a database that somebody chose.
    """
    story = command == "simulate" and "--keep" not in sys.argv
    return command == "demo" or (story and not os.environ.get("SECRET_KEY"))


def main() -> None:
    """Run a management command; a refusal or an unreachable server is one sentence and exit status 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finance_console.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from finance_console.embedded import leases
    from finance_console.operating import unreachable

    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "help")
    try:
        local = leases.use_local_settings(create=_is_for_a_look(command))
        if local and command not in WITHOUT_SERVERS:
            leases.ensure()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, leases.EmbeddedServerError) as error:
        sys.exit(str(error))
    except Exception as error:
        sentence = unreachable.sentence(error)
        if sentence is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()

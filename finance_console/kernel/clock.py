"""The one place that asks what time it is; everybody else is told."""

from datetime import UTC, datetime


def moment(text: str | None = None) -> datetime:
    """The aware moment written in `text` (ISO 8601 with offset), or now when there is none.

    Doors (views, tasks, commands) call it and pass the result on as `at`.
    """
    return datetime.fromisoformat(text) if text else datetime.now(UTC)

"""A database or Redis that does not answer, said in one sentence without passwords."""

from urllib.parse import urlsplit


def errors() -> tuple[type[Exception], ...]:
    """The exceptions that mean: the other side does not answer."""
    import kombu.exceptions
    import redis.exceptions
    from django.db import OperationalError

    return (
        OperationalError,
        redis.exceptions.ConnectionError,
        redis.exceptions.TimeoutError,
        kombu.exceptions.OperationalError,
    )


def sentence(error: Exception) -> str | None:
    """Who does not answer, where, and why in the driver's first line; None if it did answer, with an error."""
    from django.conf import settings
    from django.db import OperationalError

    lines = str(error).strip().splitlines() or ["no reason given"]
    if isinstance(error, OperationalError):
        if getattr(
            error.__cause__, "sqlstate", None
        ):  # a deadlock, a lock timeout: the server did speak
            return None
        database = settings.DATABASES["default"]
        host = database["HOST"] or database.get("OPTIONS", {}).get("host") or "the local socket"
        place = f"{host}:{database['PORT'] or 5432}"
        return f"The database at {place} does not answer: {lines[0].rsplit('failed: ', 1)[-1]}"
    redis = urlsplit(settings.REDIS_URL)
    place = f"{redis.hostname}:{redis.port or 6379}" if redis.hostname else redis.path
    return f"Redis at {place} does not answer: {lines[0]}"

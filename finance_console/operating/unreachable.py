"""A database or Redis that does not answer, said in one sentence without passwords."""

from urllib.parse import urlsplit


def sentence(error: Exception) -> str | None:
    """Who does not answer, where, and why in the driver's first line; None if it did answer, with an error."""
    import kombu.exceptions
    import redis.exceptions
    from django.conf import settings
    from django.db import InterfaceError, OperationalError

    from finance_console.faults import of_the_house

    if not of_the_house(error):
        return None
    lines = str(error).strip().splitlines() or ["no reason given"]
    if isinstance(error, OperationalError | InterfaceError):
        if getattr(
            error.__cause__, "sqlstate", None
        ):  # a deadlock, a lock timeout: the server did speak
            return None
        database = settings.DATABASES["default"]
        host = database["HOST"] or database.get("OPTIONS", {}).get("host") or "the local socket"
        place = f"{host}:{database['PORT'] or 5432}"
        return f"The database at {place} does not answer: {lines[0].rsplit('failed: ', 1)[-1]}"
    if not isinstance(error, redis.exceptions.RedisError | kombu.exceptions.OperationalError):
        return None
    broker = urlsplit(settings.REDIS_URL)
    place = f"{broker.hostname}:{broker.port or 6379}" if broker.hostname else broker.path
    return f"Redis at {place} does not answer: {lines[0]}"

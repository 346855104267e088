"""For whoever watches the console: does the process live, and can it do its work?"""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

OK, DOWN, BEHIND = "ok", "down", "behind"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives; nothing else is asked."""
    return JsonResponse({"status": OK})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 when the database does not answer or lacks migrations; "degraded" when only Redis is down.

    Without Redis everything still works, only later: tasks wait in the database.
    """
    database = _database()
    redis = _redis()
    ready = database == OK
    status = (OK if redis == OK else "degraded") if ready else "unavailable"
    return JsonResponse(
        {"status": status, "database": database, "redis": redis}, status=200 if ready else 503
    )


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return DOWN
    return BEHIND if pending else OK


def _redis() -> str:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
        ) as redis:
            redis.ping()
    except RedisError:
        return DOWN
    return OK

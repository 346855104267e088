"""Neither Redis nor a log holds what is personal, after a walk that types it everywhere (R28)."""

import io
import logging

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from redis import Redis

from accounts.models import CertificationRequest
from finance_console.celery import app
from finance_console.operating.schedule import JOBS
from invoicing.models import InvoiceTitle
from invoicing.views import titles
from ledger.models import Withdrawal
from tests.accounts.pictures import PDF
from tests.builders import make_story
from tests.doors.console import NOW, Browser, fields, sign_in
from tests.invoicing.title_stage import OTHER_ID

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
PASSWORD = "correct-horse-battery"
WRONG = "incorrect-horse-battery"
ID_NUMBER = "11010519491231002X"
PHONE = "13811112222"
BANK_ACCOUNT = "110933334444555566"
PERSONAL = {
    "password": PASSWORD,
    "wrong password": WRONG,
    "ID": ID_NUMBER,
    "phone": PHONE,
    "bank": BANK_ACCOUNT,
}
TITLE = {
    "type": "enterprise",
    "name": "Cord Ltd",
    "bank": "星河银行北京分行",
    "bank_account": BANK_ACCOUNT,
}
ADDRESS = {"recipient": "W", "phone": PHONE, "line": "1 Road", "postcode": "100000"}


@pytest.fixture
def log():
    """What is written to the log meanwhile, as the process writes it: every field, every traceback."""
    written, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(written)
    handler.setFormatter(next(kept.formatter for kept in root.handlers if kept.name == "stderr"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def redis():
    """The database of this run, emptied: the cache and the broker."""
    connection = Redis.from_url(settings.REDIS_URL)
    connection.flushdb()
    yield connection
    connection.flushdb()


def _sign_in(story) -> Browser:
    story.user.set_password(PASSWORD)
    story.user.save(update_fields=["password"])
    for typed in (WRONG, PASSWORD):
        Client().post("/console/login/", {"username": story.user.username, "password": typed})
    return sign_in(story)


def _send(client: Browser, page: str, typed: dict[str, object], to: str = "") -> int:
    return client.post(to or page, fields(client.get(page)) | typed).status_code


def _walk(story, monkeypatch) -> None:
    """Sign in, wrongly and rightly, fill in what is personal, be refused, and meet a fault of ours."""
    client = _sign_in(story)
    company = {"kind": "enterprise", "name": "Bolt Ltd"}
    for tax_id, status in ((ID_NUMBER, 422), (OTHER_ID, 302)):
        typed = company | {"tax_id": tax_id, "documents": SimpleUploadedFile("card.pdf", PDF)}
        assert _send(client, "certification/new/", typed) == status
    assert _send(client, "addresses/new/", ADDRESS) == 302
    assert _send(client, "addresses/new/", ADDRESS | {"line": ""}) == 422
    assert _send(client, "titles/new/", TITLE) == 302
    assert _send(client, "titles/new/", TITLE | {"name": ""}) == 422
    assert (
        _send(client, "withdrawals/new/?amount=10.00&route=original", {}, "withdrawals/new/") == 302
    )

    def broken(**_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(titles, "save_title", broken)
    client.raise_request_exception = False
    assert _send(client, "titles/new/", TITLE | {"name": "Bolt Ltd"}) == 500


def _held(redis: Redis) -> str:
    """Everything in the database, keys and values, as text."""
    reads = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
    }
    return "\n".join(f"{key!r} {reads[redis.type(key)](key)!r}" for key in redis.scan_iter("*"))


def test_neither_redis_nor_a_log_holds_what_is_personal(log, redis, monkeypatch):
    story = make_story("standard")
    story.recharge("1000.00", "2026-03-01 09:00")
    _walk(story, monkeypatch)
    assert CertificationRequest.objects.get().tax_id == OTHER_ID
    assert InvoiceTitle.objects.filter(bank_account=BANK_ACCOUNT).count() == 1
    assert Withdrawal.objects.exists()
    for job in JOBS:
        job.task.run(at=NOW.isoformat())
        job.task.apply_async(kwargs={"at": NOW.isoformat()})

    written, held = log.getvalue(), _held(redis)
    assert "a fault of ours" in written
    assert JOBS[0].task.name in held
    for name, value in PERSONAL.items():
        assert value not in written, f"{name} in the log"
        assert value not in held, f"{name} in Redis"
    app.control.purge()


def test_the_walk_would_find_it(log, redis):
    logging.getLogger("shop").info("sent to %s", PHONE)
    redis.hset("fc:somebody", "phone", PHONE)
    assert PHONE in log.getvalue()
    assert PHONE in _held(redis)

"""The built-in sandbox channel: real numbering, no tax platform, everything marked as a specimen."""

import time
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from invoicing.channels.base import ChannelTimeout, Issued, IssueRequest, Refused
from invoicing.domain.numbering import parse_sandbox_number, sandbox_number
from invoicing.models import NumberSeries, SandboxReceipt

CHANNEL_DIGIT = 1


class SandboxChannel:
    """Gives consecutive numbers per entity, kind, medium and year, without gaps (D17).

    It remembers what it issued (`SandboxReceipt`) and says so again when it is asked again.
    `refuse` names positions that it refuses, `timeout` positions that it issues without answering,
    for trying out what happens then. It takes `seconds` to answer (ISSUING_SANDBOX_SECONDS).
    """

    specimen = True

    def __init__(
        self,
        refuse: Collection[int] = (),
        timeout: Collection[int] = (),
        seconds: float | None = None,
    ) -> None:
        self.refuse = refuse
        self.timeout = timeout
        self.seconds = settings.ISSUING_SANDBOX_SECONDS if seconds is None else seconds

    def issue(self, request: IssueRequest) -> Issued | Refused:
        """See `IssuingChannel`. In a transaction of its own, as a tax platform would."""
        if self.seconds:
            time.sleep(self.seconds)
        with transaction.atomic():
            answer = self._answer(request)
        if request.position in self.timeout:
            raise ChannelTimeout
        return answer

    def _answer(self, request: IssueRequest) -> Issued | Refused:
        with connection.cursor() as cursor:  # whoever asks the same at the same time waits
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [request.serial]
            )
        receipt = SandboxReceipt.objects.filter(serial=request.serial).first()
        if receipt is None:
            if request.position in self.refuse:
                return Refused("refused_by_channel")
            receipt = _issue(request)
        return Issued(receipt.number, receipt.issued_at)


def _issue(request: IssueRequest) -> SandboxReceipt:
    number = next_number(
        entity_id=request.entity_id,
        kind=request.kind,
        medium=request.medium,
        year=request.issued_on.year,
        credit=request.credit,
    )
    return SandboxReceipt.objects.create(
        serial=request.serial, number=number, issued_at=_not_before(number, request.at)
    )


def next_number(*, entity_id: int, kind: str, medium: str, year: int, credit: bool = False) -> str:
    """The next number of the series; credit notes have series of their own (D17).

    The counter moves in the caller's transaction and stays locked until it ends: rolled back, the
    number was never given, so there is no gap.
    """
    key = {
        "entity_id": entity_id, "kind": kind, "medium": medium, "year": year, "credit": credit,
    }  # fmt: skip
    series = NumberSeries.objects.filter(**key)
    if not series.update(last=F("last") + 1):
        NumberSeries.objects.bulk_create([NumberSeries(**key)], ignore_conflicts=True)
        series.update(last=F("last") + 1)
    row = series.get()
    return sandbox_number(year, CHANNEL_DIGIT, row.pk, row.last)


def _not_before(number: str, at: datetime) -> datetime:
    """`at`, or the moment of the number before when a faster issuer had a later clock (I09)."""
    parts = parse_sandbox_number(number)
    if parts.sequence == 1:
        return at
    before = sandbox_number(parts.year, parts.channel, parts.series, parts.sequence - 1)
    receipt = SandboxReceipt.objects.filter(number=before).first()
    return at if receipt is None else max(at, receipt.issued_at)

"""The built-in sandbox channel: real numbering, no tax platform, everything marked as a specimen."""

from collections.abc import Collection

from django.db.models import F

from invoicing.channels.base import Issued, IssueRequest, Refused
from invoicing.domain.numbering import sandbox_number
from invoicing.models import NumberSeries

CHANNEL_DIGIT = 1


class SandboxChannel:
    """Gives consecutive numbers per entity, kind, medium and year, without gaps (D17).

    `refuse` names positions that it refuses, for trying out what happens then.
    """

    specimen = True

    def __init__(self, refuse: Collection[int] = ()) -> None:
        self.refuse = refuse

    def issue(self, request: IssueRequest) -> Issued | Refused:
        """See `IssuingChannel`. The counter row is locked until the caller commits."""
        if request.position in self.refuse:
            return Refused("refused_by_channel")
        key = {
            "entity_id": request.entity_id,
            "kind": request.kind,
            "medium": request.medium,
            "year": request.issued_on.year,
        }
        NumberSeries.objects.bulk_create([NumberSeries(**key)], ignore_conflicts=True)
        NumberSeries.objects.filter(**key).update(last=F("last") + 1)
        series = NumberSeries.objects.get(**key)
        number = sandbox_number(request.issued_on.year, CHANNEL_DIGIT, series.pk, series.last)
        return Issued(number)

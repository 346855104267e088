"""How much time is left, as people say it: "3 h overdue", "1 h 20 min left", "2 working days"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from finance_console.kernel.workdays import NO_OVERRIDES, is_working_day

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The words and how much they matter: "late", "soon" or "calm"."""

    text: str
    tone: str


def deadline(
    due_at: datetime,
    at: datetime,
    tz: ZoneInfo,
    calendar: Mapping[date, bool] = NO_OVERRIDES,
) -> Deadline:
    """What is left until `due_at` at `at`; working days are counted in `tz`, after today."""
    left = due_at - at
    if left < timedelta():
        return Deadline(_overdue(-left), "late")
    if left < DAY:
        return Deadline(_("%(duration)s left") % {"duration": _hours(left)}, "soon")
    return Deadline(_working_days(due_at, at, tz, calendar), "calm")


def _overdue(late: timedelta) -> str:
    if late < DAY:
        hours = late // timedelta(hours=1)
        duration = _("%(hours)d h") % {"hours": hours} if hours else _hours(late)
        return _("%(duration)s overdue") % {"duration": duration}
    text = ngettext("%(count)d day overdue", "%(count)d days overdue", late.days)
    return text % {"count": late.days}


def _hours(left: timedelta) -> str:
    minutes = left // timedelta(minutes=1)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def _working_days(
    due_at: datetime, at: datetime, tz: ZoneInfo, calendar: Mapping[date, bool]
) -> str:
    first, last = at.astimezone(tz).date(), due_at.astimezone(tz).date()
    later = (first + DAY * n for n in range(1, (last - first).days + 1))
    days = sum(is_working_day(day, calendar) for day in later)
    return ngettext("%(count)d working day", "%(count)d working days", days) % {"count": days}

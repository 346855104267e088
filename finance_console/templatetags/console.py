"""The words of `doors.wording` as filters of templates."""

from django import template

from finance_console.doors import wording

register = template.Library()
for written in (
    wording.money,
    wording.in_currency,
    wording.exact,
    wording.percent,
    wording.day,
    wording.moment,
    wording.masked,
    wording.after_colon,
):
    register.filter(written.__name__, written)

"""The words of `doors.wording` as filters of templates."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from finance_console.doors import addresses, wording

register = template.Library()
register.simple_tag(addresses.url, name="console_url")


@register.simple_tag
def form_keys() -> SafeString:
    """What every form of the console carries beside its CSRF token: for which account it was made."""
    return format_html('<input type="hidden" name="account" value="{}">', addresses.entered())


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

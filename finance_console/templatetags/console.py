"""The words of `doors.wording` as filters of templates."""

from uuid import uuid4

from django import template
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from finance_console.doors import addresses, wording

register = template.Library()
register.simple_tag(addresses.url, name="console_url")


@register.simple_tag(takes_context=True)
def form_keys(context: Context) -> SafeString:
    """What every form carries beside its CSRF token: its key, and in the console for which account it was made.

    The key is that of the page where it has one; a form that came back with a fault keeps its own.
    """
    request, field = context["request"], addresses.SUBMISSION
    key = request.POST.get(field) or request.GET.get(field) or uuid4().hex
    number = addresses.entered()
    pairs = [(field, key), *([("account", number)] if number else [])]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


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

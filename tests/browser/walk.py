"""Walking through pages in a real browser: what of them is wrong on a phone, by keyboard, without JavaScript, to axe."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import User

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 700}
PHONE = {"viewport": NARROW, "locale": "zh-CN"}
Faults = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page, and for whom. `press`: send its main form, everything ticked: the page after it is meant."""

    user: User
    path: str
    press: bool = False

    def __str__(self) -> str:
        return f"{self.path} (sent)" if self.press else self.path


def signed_in(chromium: Any, live_server: Any, user: User, **options: Any) -> Any:
    """A browser window in which `user` is signed in, without the way through the form.

    Nothing moves in it: a colour on its way to another has no contrast worth measuring.
    """
    client = Client()
    client.force_login(user)
    options = {"viewport": WIDE, "reduced_motion": "reduce"} | options
    context = chromium.new_context(**options)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    return context


def walk(
    chromium: Any, live_server: Any, visits: Sequence[Visit], **options: Any
) -> Iterator[tuple[Visit, Any]]:
    """Each visit with the browser's page, opened; one window per person."""
    windows: dict[int, Any] = {}
    for visit in visits:
        if visit.user.pk not in windows:
            window = signed_in(chromium, live_server, visit.user, **options)
            windows[visit.user.pk] = window.new_page()
        page = windows[visit.user.pk]
        answer = page.goto(live_server.url + visit.path)
        assert answer is not None, visit
        assert answer.status < 500, visit
        if visit.press:
            for box in page.locator("main form input[type=checkbox]").all():
                box.check()
            page.locator("main form button.primary").first.click()
            page.wait_for_load_state()
        yield visit, page
    for page in windows.values():
        page.context.close()


def axe_violations(page: Any, *, exclude: Sequence[str] = (), **options: Any) -> list[Any]:
    """What axe finds on the page: rules, and the first places where each is broken."""
    from axe_playwright_python.sync_playwright import Axe

    if page.evaluate("!window.axe"):
        page.evaluate(Axe().axe_script)
    asked = {"resultTypes": ["violations"], **options}
    places = {"include": [["html"]], "exclude": [[place] for place in exclude]}
    found = page.evaluate(
        "([places, asked]) => axe.run(places, asked).then((all) => all.violations)", [places, asked]
    )
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]


def axe_faults(page: Any) -> Faults:
    """What axe finds; the themes differ in colours only, so the dark one is asked about contrast alone."""
    found = {"light": axe_violations(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = axe_violations(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")
    return present(found)


def present(found: Faults) -> Faults:
    """Without those of which there is nothing to say."""
    return {kind: wrong for kind, wrong in found.items() if wrong}


OVER = """() => {
  const over = document.documentElement.scrollWidth - innerWidth;
  const cut = [...document.querySelectorAll('.cards-on-phone')]
    .filter((table) => table.scrollWidth > table.parentElement.clientWidth).length;
  return over > 0 || cut ? [over, cut] : null;
}"""
OUT_OF_REACH = """() => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const wrong = [];
  for (const one of document.querySelectorAll(all)) {
    if (one.disabled || one.matches('main[tabindex="-1"], a.sortremove') || !one.checkVisibility()) continue;
    one.focus();
    const style = getComputedStyle(one);
    const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
      || style.boxShadow !== 'none';
    if (one.tabIndex !== 0 || document.activeElement !== one || !shown)
      wrong.push(one.outerHTML.slice(0, 120));
  }
  document.activeElement.blur();
  return wrong.length ? wrong.slice(0, 3) : null;
}"""
CONTROLS = """() => [...document.querySelectorAll(
    'main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary')]
  .filter((one) => one.checkVisibility())
  .map((one) => `${one.tagName} ${one.name || one.textContent.trim()}`)"""


def phone_faults(page: Any) -> Faults:
    """What sticks out of the window as it is, and what the keyboard does not reach visibly."""
    return present({"over": page.evaluate(OVER), "keyboard": page.evaluate(OUT_OF_REACH)})


def faults(walked: Iterator[tuple[Visit, Any]], look: Callable[[Any], Faults]) -> Faults:
    """What `look` finds on each page, under the name of the visit."""
    return {
        f"{visit} {kind}": wrong for visit, page in walked for kind, wrong in look(page).items()
    }


def plain_faults(chromium: Any, live_server: Any, visits: Sequence[Visit]) -> Faults:
    """What sticks out of a small screen or is lost without JavaScript."""
    found: Faults = {}
    walked = walk(chromium, live_server, visits, **PHONE)
    controls = {visit: set(page.evaluate(CONTROLS)) for visit, page in walked}
    for visit, page in walk(chromium, live_server, visits, java_script_enabled=False, **PHONE):
        if wrong := page.evaluate(OVER):
            found[f"{visit} over"] = wrong
        if lost := controls[visit] - set(page.evaluate(CONTROLS)):
            found[f"{visit} lost"] = sorted(lost)
    return found

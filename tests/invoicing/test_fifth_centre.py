"""Adding a fifth billing centre is one file."""

from pathlib import Path

import pytest

from invoicing.domain import profiles
from tests.builders import make_story, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def fifth(tmp_path):
    """The file of Alibaba with another name and two other habits, put into the package from outside."""
    source = Path(profiles.__file__).with_name("alibaba.py").read_text(encoding="utf-8")
    source = source.replace("ALIBABA", "FIFTH").replace('code="alibaba"', 'code="fifth"')
    source = source.replace('prepaid_trigger="paid"', 'prepaid_trigger="paid_and_delivered"')
    source = source.replace('caps={"electronic": None,', 'caps={"electronic": Decimal("100.00"),')
    (tmp_path / "fifth_centre.py").write_text("from decimal import Decimal\n" + source, "utf-8")
    profiles.__path__.append(str(tmp_path))
    (policy,) = profiles.found_in([str(tmp_path)])
    profiles.register(policy)
    yield policy
    profiles.forget("fifth")
    profiles.__path__.remove(str(tmp_path))


def test_a_fifth_profile_is_found_by_its_file_and_plays_a_story(fifth):
    story = make_story("fifth")
    story.recharge("500.00", "2026-03-01 09:00")
    order = story.order("250.00", "2026-03-01 10:00")
    application = story.ask("2026-03-01 11:00", method="order", sources=(order.number,))
    story.issue(application, "2026-03-01 11:05")
    amounts = sorted(invoice.gross.amount for invoice in application.invoices.all())
    assert amounts == [yuan("50.00"), yuan("100.00"), yuan("100.00")]
    application.refresh_from_db()
    assert (application.profile, application.profile_version) == ("fifth", 1)
    assert fifth.labels["issued"] == "Invoiced"


def test_the_built_in_profiles_are_found_the_same_way():
    assert [policy.code for policy in profiles.BUILT_IN] == [
        "alibaba",
        "baidu",
        "kingsoft",
        "standard",
    ]

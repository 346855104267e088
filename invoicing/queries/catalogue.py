"""Tax categories, read once each: the same few stand on everybody's items."""

from collections.abc import Iterable

from invoicing.domain.planning import TaxKey
from invoicing.models.item import tax_key_of
from ledger.models import TaxCategory


class Catalogue:
    """Tax categories, read once each: the same few stand on everybody's items."""

    def __init__(self) -> None:
        self.categories: dict[int, TaxCategory] = {}
        self._keys: dict[int, TaxKey] = {}

    def learn(self, ids: Iterable[int]) -> None:
        """Read those of `ids` that are not known yet."""
        missing = set(ids) - self.categories.keys()
        if missing:
            known = TaxCategory.objects.select_related("entity")
            self.categories |= known.in_bulk(missing)

    def key(self, category_id: int) -> TaxKey:
        """The tax key of a category that was learnt."""
        if category_id not in self._keys:
            self._keys[category_id] = tax_key_of(self.categories[category_id])
        return self._keys[category_id]

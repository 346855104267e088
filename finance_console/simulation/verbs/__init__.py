"""What a story can do, a file per room. Importing this package fills `language.VERBS`."""

from finance_console.simulation.verbs import catalogue, customers, money, paper

__all__ = ["catalogue", "customers", "money", "paper"]

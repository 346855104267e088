"""What a story can ask, a file per room. Importing this package fills `language.QUESTIONS`."""

from finance_console.simulation.questions import control, money, paper

__all__ = ["control", "money", "paper"]

"""Where an application stands when its invoices differ: with the least advanced, and a count of the rest (D25)."""

from collections.abc import Sequence

STAGES = ("", "issued", "shipped", "credited")
"""How far an invoice comes, from the least; "" has no number yet."""


def shown(status: str, statuses: Sequence[str]) -> str:
    """The status to word: "crediting" while a credit is asked for of every invoice not credited yet (A30)."""
    standing = set(statuses) - {"credited"}
    return "crediting" if status in STAGES[1:] and standing == {"crediting"} else status


def counted(stages: Sequence[str]) -> list[tuple[str, int]]:
    """Stages and how many invoices are there: those beyond the least advanced, else where all of them are."""
    least = min(stages, key=STAGES.index)
    if least == "":
        return [("issued", sum(stage != "" for stage in stages))]
    beyond = STAGES[STAGES.index(least) + 1 :]
    ahead = [(stage, stages.count(stage)) for stage in beyond if stage in stages]
    return ahead or [(least, len(stages))]

"""How what was sold is named on paper and on pages."""


def printed_name(short_name: str, content: str) -> str:
    """`*short name*content`; without a short name there are no stars (B46)."""
    return f"*{short_name}*{content}" if short_name else content

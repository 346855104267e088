"""The ledger: what its guarantees cost, and that a long history costs nothing.

Posting and batches are measured beside bare SQL in the same round; reads of a customer with a long
history beside the same reads of one with a short history, by turns. Ratios travel between machines; seconds do not.
"""

from benchmarks import batch, history, posting


def run(entries: int) -> None:
    """Print a line per claim; the long history has `entries` entries of one customer."""
    from tests.builders import make_story

    stories = [make_story() for _ in range(64)]
    for story in stories:
        story.recharge("1000000.00", "2026-03-01 08:00")
    posting.run(stories)
    batch.run(stories)
    history.run(make_story(), make_story(), entries)

"""The scenario runner: plays a story of JSON lines against the real services (docs/simulation.md)."""

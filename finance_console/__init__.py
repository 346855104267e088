"""How the apps are put together."""

"""Codes become words: what pages show, from what the services and queries say."""

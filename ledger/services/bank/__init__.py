"""Bank statements: imported, matched, decided at the desk."""

"""How pages are put together: navigation, and the admin as staff meet it."""

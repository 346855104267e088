"""A month of business to look at: invented companies, a real FOCUS file, and the calendar played through Celery.

`manage.py demo` runs it. Nothing here is needed to run a console of your own.
"""

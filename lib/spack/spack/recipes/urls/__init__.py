"""Addresses of sources: where a version stands in them, and what other versions have.

Works on text only; nothing is fetched.

Begin reading with ``version_urls.py``; ``url_patterns.py`` is the table behind it.
"""

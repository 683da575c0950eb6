"""Keys and licences: what GnuPG and lists of licences say. Knows no cache; begin reading in
``gnupg.py``.
"""

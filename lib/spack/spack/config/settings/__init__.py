"""Typed settings, a class a section, made from merged sections.

Must not read files. Begin with ``settings.py``; the others hold the sections by subject.
"""

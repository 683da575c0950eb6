"""Compiled files: libraries and headers in a tree, ELF, the dynamic linker, paths inside binaries.

Must not know which package a file belongs to. Begin with ``libraries.py``; ``elf.py`` reads and
edits.
"""

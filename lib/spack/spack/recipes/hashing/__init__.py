"""The hash of a recipe: equal for recipes that build the same thing in the same way.

``recipe_text.py`` takes out what does not count, ``canonical_text.py`` writes the rest the same
way under every Python, ``package_hash.py`` adds sources and patches. The bytes are fixed for good:
installed packages are found by them. Nothing here knows a repository.

Begin reading with ``content_hash.py``.
"""

"""For writers of recipes: new recipes, new versions, history, audits, migration.

Must not know the store or the solver. Begin with ``skeletons.py``: how a recipe begins.
"""

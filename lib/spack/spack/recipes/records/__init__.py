"""The contents of recipes, as plain records, and the records of whole repositories on disk.

``package_records`` is the form of a record; ``record_cache`` decides which are taken from the disk
and which are made (begin reading there), ``recipe_state`` looks at files, ``extracting`` makes
records, ``index_draft`` and ``index`` write and read them; ``dependents`` turns all of them round.
Must not know package classes: what imports a recipe is handed in.
"""

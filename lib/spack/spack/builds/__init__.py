"""One package: its variables, its compiler wrapper, its phases, and the checks of its prefix.

Begin with :mod:`procedure`, which reads like the build that it is; :mod:`worker` is the process in
which it runs, and :mod:`events` what it tells. Must not know other packages than those it needs,
nor the database: whoever asked for the build holds the locks and writes the record.
"""

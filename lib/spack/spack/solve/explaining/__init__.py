"""Explaining why a request has no answer, and what would give it one: all that readers are told.

Changes no problem. Begin with :mod:`spack.solve.explaining.refusals`, which has the error;
``causes`` finds the constraints that tell, ``relaxations`` what to try, ``ways_out`` what of that
helps, ``checks`` what can be refused before any solve.
"""

"""Many packages: which are worked on, in which order, under which locks, and what is told of it.

A graph becomes a plan of steps (:mod:`plan`), whose states (:mod:`states`, :mod:`scheduler`) the
loop of :mod:`installer` moves while workers build; begin reading there. Removing packages is here
too (:mod:`uninstall`). Must not know how one package is built, what a recipe says, or what a
command line is: settings are arguments, and whoever wants to see something watches its events.
"""

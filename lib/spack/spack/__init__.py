"""A package manager for HPC: specs, a solver, a source builder, a shared store, environments."""

__version__ = "0.1.0.dev0"

"""Module files for installed packages. Nothing is here yet."""

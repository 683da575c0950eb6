"""Packages whose recipe says itself how they are installed."""

from spack.package import GenericBuilder, Package

__all__ = ["GenericBuilder", "Package"]

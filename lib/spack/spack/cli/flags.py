"""Options without a value. Imports nothing of this program, so that quick commands stay quick."""

from __future__ import annotations

import argparse


def flag(target: argparse._ActionsContainer, names: str, help: str) -> None:
    """Add an option without a value; ``names`` are its spellings, separated by a space."""
    target.add_argument(*names.split(), action="store_true", help=help)

"""A session over the public recipes: one external compiler, nothing to reuse, nothing of a home."""

from __future__ import annotations

import os
from pathlib import Path

from spack.session.options import Options
from spack.session.session import Session

_CONFIGURATION = {
    "concretizer": "{reuse: false}",
    "packages": """
  gcc:
    externals:
    - spec: gcc@12.2.0 languages:=c,c++,fortran
      prefix: /usr
      extra_attributes:
        compilers: {c: /usr/bin/gcc, cxx: /usr/bin/g++, fortran: /usr/bin/gfortran}
""",
}


def public_session(recipes: Path, place: Path) -> Session:
    """A session with an instance in the empty directory ``place``; its recipes can be imported."""
    scope = place / "scope"
    scope.mkdir()
    builtin = recipes / "spack_repo" / "builtin"
    for section, text in {**_CONFIGURATION, "repos": f"{{builtin: {builtin}}}"}.items():
        (scope / f"{section}.yaml").write_text(f"{section}: {text}\n")
    variables = {
        "HOME": str(place / "home"),
        "PATH": os.environ["PATH"],
        "SPACK_STATE_DIR": str(place / "state"),
        "SPACK_DISABLE_LOCAL_CONFIG": "1",
    }
    session = Session(Options(scopes=(str(scope),)), variables)
    session.repositories.serve()
    return session

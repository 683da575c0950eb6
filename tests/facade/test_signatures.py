"""Directives take the keywords that recipes use."""

from __future__ import annotations

import inspect

import pytest

import spack.package

CHECKSUMS = "md5 sha1 sha224 sha256 sha384 sha512"
SOURCES = f"url extension expand fetch_options {CHECKSUMS} git commit tag branch get_full_repo"
TABLE = {
    "version": "ver checksum preferred deprecated no_cache git_sparse_paths submodules "
    f"submodules_delete svn hg cvs revision date {SOURCES}",
    "depends_on": "spec when type patches",
    "conflicts": "conflict_spec when msg",
    "requires": "specs policy when msg",
    "provides": "specs when",
    "variant": "name default description values multi validator when sticky",
    "conditional": "values when",
    "patch": "url_or_filename level when working_dir reverse sha256 archive_sha256",
    "resource": "name destination placement when",
    "extends": "spec when type patches",
    "license": "license_identifier checked_by when",
    "maintainers": "names",
    "redistribute": "source binary when",
    "can_splice": "target when match_variants",
    "build_system": "values default",
}
DEFAULTS: dict[str, dict[str, object]] = {
    "depends_on": {"type": ("build", "link"), "patches": None, "when": None},
    "requires": {"policy": "one_of", "msg": None},
    "variant": {"description": "", "values": None, "sticky": False, "default": None},
    "patch": {"level": 1, "working_dir": ".", "reverse": False},
    "resource": {"destination": "", "placement": None},
    "extends": {"type": ("build", "run")},
}


@pytest.mark.parametrize("directive", sorted(TABLE))
def test_keywords_and_defaults(directive: str) -> None:
    parameters = inspect.signature(getattr(spack.package, directive)).parameters
    assert set(TABLE[directive].split()) <= set(parameters)
    for name, default in DEFAULTS.get(directive, {}).items():
        assert parameters[name].default == default

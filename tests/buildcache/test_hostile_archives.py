"""Archives that are meant to do harm: refused, and no byte lands outside of the prefix."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from pathlib import Path

import pytest
from tests.buildcache.caches import LIB, cache_in, push_all, store_with

from spack.buildcache.build_info import BuildInfo, parse_build_info
from spack.buildcache.caches import offer_of, without_keys
from spack.buildcache.unpacking import Unpacked, replacements, unpack
from spack.errors import SpackError
from spack.system.binaries.path_replacement import Replacements

INFO = BuildInfo("/old/store", "p-1", {"a" * 32: "/old/store/p-1"})


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for key, value in fields.items():
        setattr(entry, key, value)
    return entry, content


INFO_MEMBER = member("old/store/p-1/.spack/binary_distribution", INFO.text())


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as written:
        for entry, content in members:
            written.addfile(entry, io.BytesIO(content))
    return gzip.compress(out.getvalue())


def unpacked(tmp_path: Path, data: bytes, limit: int = 0) -> Unpacked:
    prefix, file = tmp_path / "prefix", tmp_path / "archive"
    prefix.mkdir()
    file.write_bytes(data)

    def paths_for(info: BuildInfo) -> Replacements:
        return replacements(info, "/new", {}, own=str(prefix), sbang="")

    with open(file, "rb", buffering=0) as stream:
        return unpack(stream, str(file), str(prefix), paths_for, limit=limit)


def test_a_good_archive(tmp_path: Path) -> None:
    done = unpacked(tmp_path, archive(INFO_MEMBER, member("old/store/p-1/f", b"/old/store/p-1/x")))
    assert (tmp_path / "prefix/f").read_text() == f"{tmp_path}/prefix/x"
    assert done.changed == 1 and done.left == ()


@pytest.mark.parametrize(
    "members",
    [
        [member("old/store/p-1/../../../outside", b"x")],
        [member("/etc/outside", b"x")],
        [member("old/store/other/f", b"x")],
        [
            member("old/store/p-1/l", type=tarfile.SYMTYPE, linkname=".."),
            member("old/store/p-1/l/outside", b"x"),
        ],
        [member("old/store/p-1/h", type=tarfile.LNKTYPE, linkname="etc/passwd")],
        [member("old/store/p-1/h", type=tarfile.LNKTYPE, linkname="old/store/p-1/../../../x")],
        [member("old/store/p-1/d", type=tarfile.CHRTYPE)],
        [member("old/store/p-1/d", type=tarfile.FIFOTYPE)],
    ],
)
def test_members_that_lead_outside_are_refused(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    with pytest.raises((SpackError, OSError)):
        unpacked(tmp_path, archive(INFO_MEMBER, *members))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "prefix"]


def test_a_bomb_is_stopped(tmp_path: Path) -> None:
    zeros = member("old/store/p-1/zeros", bytes(1 << 22))
    with pytest.raises(SpackError, match="unpacks to more"):
        unpacked(tmp_path, archive(INFO_MEMBER, zeros), limit=1 << 20)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"{buildpath: relative, relative_prefix: p}",
        b"{buildpath: /, relative_prefix: p}",
        b"{buildpath: /a, relative_prefix: ../../etc}",
        b"{buildpath: /a, relative_prefix: p, hash_to_prefix: [1]}",
        b"{buildpath: /a, relative_prefix: p, hash_to_prefix: {x: /}}",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        b"{" * 5000,
    ],
)
def test_odd_descriptions_of_the_build_are_refused(text: bytes) -> None:
    with pytest.raises(SpackError, match="does not say where"):
        parse_build_info(text, "here")


def test_an_archive_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpackError, match="does not say where its package was built"):
        unpacked(tmp_path, archive(member("old/store/p-1/f", b"x")))


def test_an_archive_whose_description_names_another_prefix(tmp_path: Path) -> None:
    other = INFO._replace(prefix="p-2").text()
    entry = member("old/store/p-1/.spack/binary_distribution", other)
    with pytest.raises(SpackError, match="but says that its prefix is"):
        unpacked(tmp_path, archive(entry))


def test_changed_bytes_give_a_refusal_or_stay_inside(tmp_path: Path) -> None:
    """Random damage behind the checksum: of the compressed and of the plain archive."""
    here = store_with(tmp_path / "store", LIB)
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, LIB)
    good = Path(cache.url, offer_of(cache, LIB, without_keys).path).read_bytes()
    plain = gzip.decompress(good)
    chance = random.Random(17)
    refused = 0
    for number in range(300):
        place = tmp_path / f"try{number}"
        place.mkdir()
        damaged = bytearray(good if number % 2 else plain)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if number % 5 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        data = bytes(damaged) if number % 2 else gzip.compress(bytes(damaged), 1)
        try:
            unpacked(place, data)
        except (SpackError, OSError):
            refused += 1
        assert sorted(path.name for path in place.iterdir()) == ["archive", "prefix"]
    assert refused > 100

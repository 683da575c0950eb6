"""Archives of every kind, good, damaged and hostile."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from spack.system.files import archives
from spack.system.files.archives import (
    ArchiveError,
    ArchiveEscapeError,
    ArchiveTooLargeError,
    extract,
)


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


def tar_bytes(*members: tuple[str, object]) -> bytes:
    """A tar archive; a member's content is text, or a function that changes the TarInfo."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.mtime = 1000
            data = b""
            if isinstance(content, str):
                data = content.encode()
                info.size = len(data)
                info.mode = 0o755
            else:
                content(info)  # type: ignore[operator]
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def link(target: str, kind: bytes = tarfile.SYMTYPE) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname = kind, target

    return change


def kind(value: bytes) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type = value

    return change


def zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


COMPRESS: dict[str, Callable[[bytes], bytes] | None] = {
    "tar": None,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zst": zstd,
}

CONTENT = tar_bytes(
    ("top", kind(tarfile.DIRTYPE)),
    ("top/file", "hello"),
    ("top/link", link("file")),
    ("top/hard", link("top/file", tarfile.LNKTYPE)),
    ("top/outside", link("/etc/passwd")),
)


@pytest.mark.parametrize(
    "suffix",
    [pytest.param(name, marks=needs("zstd")) if name == "zst" else name for name in COMPRESS],
)
def test_tar(suffix: str, tmp_path: Path) -> None:
    pack = COMPRESS[suffix]
    (tmp_path / "a.bin").write_bytes(pack(CONTENT) if pack else CONTENT)
    assert extract(tmp_path / "a.bin", tmp_path / "out") == ["top"]
    top = tmp_path / "out" / "top"
    assert (top / "file").read_text() == (top / "link").read_text() == "hello"
    assert os.path.samefile(top / "hard", top / "file")
    assert os.readlink(top / "outside") == "/etc/passwd"
    assert (top / "file").stat().st_mtime == 1000
    assert stat.S_IMODE((top / "file").stat().st_mode) & 0o700 == 0o700


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_single_file(suffix: str, tmp_path: Path) -> None:
    pack = COMPRESS[suffix]
    assert pack is not None
    (tmp_path / f"fix.patch.{suffix}").write_bytes(pack(b"x" * 1000))
    assert extract(tmp_path / f"fix.patch.{suffix}", tmp_path / "out") == ["fix.patch"]
    assert (tmp_path / "out" / "fix.patch").read_bytes() == b"x" * 1000


def test_old_compress(tmp_path: Path) -> None:
    """LZW with codes of nine bits: a, aa (the first new code), a, newline."""
    if shutil.which("gzip") is None:
        pytest.skip("needs gzip")
    codes = sum(code << (9 * at) for at, code in enumerate([97, 257, 97, 10]))
    (tmp_path / "a.Z").write_bytes(b"\x1f\x9d\x90" + codes.to_bytes(5, "little"))
    assert archives.compression(tmp_path / "a.Z") == "Z"
    assert extract(tmp_path / "a.Z", tmp_path / "out") == ["a"]
    assert (tmp_path / "out" / "a").read_bytes() == b"aaaa\n"


def test_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("top/run", (2001, 2, 3, 4, 5, 6))
        info.external_attr = 0o100755 << 16
        archive.writestr(info, "hi")
        info = zipfile.ZipInfo("top/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "run")
        archive.writestr("top/empty/", "")
    assert extract(tmp_path / "a.zip", tmp_path / "out") == ["top"]
    top = tmp_path / "out" / "top"
    assert os.access(top / "run", os.X_OK) and os.readlink(top / "link") == "run"
    assert (top / "empty").is_dir() and (top / "run").stat().st_mtime < 10**9


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", "x")],
        [("/tmp/evil", "x")],
        [("a/../../evil", "x")],
        [("a", link("..")), ("a/evil", "x")],
        [("a", link("/")), ("a/tmp/evil", "x")],
        [("b", link("../other")), ("a", link("b")), ("a/evil", "x")],
        [("a", link("../secret", tarfile.LNKTYPE))],
        [("s", link("../secret")), ("d", link("s")), ("d/x", "x")],
    ],
)
def test_nothing_is_written_outside(members: list[tuple[str, object]], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "other").mkdir()
    (tmp_path / "a.tar").write_bytes(tar_bytes(*members))
    with pytest.raises(ArchiveEscapeError, match="outside"):
        extract(tmp_path / "a.tar", tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["a.tar", "other", "out", "secret"]
    assert os.listdir(tmp_path / "other") == [] and (tmp_path / "secret").read_text() == "secret"


def test_a_file_replaces_a_link_instead_of_writing_through_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.tar").write_bytes(tar_bytes(("a", link("../secret")), ("a", "x")))
    extract(tmp_path / "a.tar", tmp_path / "out")
    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "out" / "a").read_text() == "x"


def test_zip_cannot_escape(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(ArchiveEscapeError):
        extract(tmp_path / "a.zip", tmp_path / "out")


def test_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tar_bytes(("null", kind(tarfile.FIFOTYPE))))
    with pytest.raises(ArchiveError, match="not a file"):
        extract(tmp_path / "a.tar", tmp_path / "out")


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_damage_is_an_error(suffix: str, tmp_path: Path) -> None:
    pack = COMPRESS[suffix]
    assert pack is not None
    whole = pack(tar_bytes(("a", "".join(chr(33 + at * at % 90) for at in range(50000)))))
    (tmp_path / "a.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="damaged"):
        extract(tmp_path / "a.tar", tmp_path / "out")


@needs("zstd")
def test_damage_that_a_program_finds(tmp_path: Path) -> None:
    whole = zstd(b"".join(os.urandom(1000) for _ in range(300)))
    (tmp_path / "a.zst").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="zst"):
        extract(tmp_path / "a.zst", tmp_path / "out")


def test_not_an_archive(tmp_path: Path) -> None:
    (tmp_path / "page.tar.gz").write_text("<html>" + "x" * 1000)
    with pytest.raises(ArchiveError, match="not an archive"):
        extract(tmp_path / "page.tar.gz", tmp_path / "out")


def test_missing_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.lz").write_bytes(b"LZIP\x01")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match="lzip"):
        extract(tmp_path / "a.lz", tmp_path / "out")


def test_stems() -> None:
    names = ["a-1.0.tar.gz", "a-1.0.tgz", "a.zip", "a.patch.xz", "a.tar", "a-1.2"]
    assert [archives.stem(name) for name in names] == [
        "a-1.0",
        "a-1.0",
        "a",
        "a.patch",
        "a",
        "a-1.2",
    ]


def bombs(folder: Path) -> list[Path]:
    """Small archives of two files with a megabyte each, and one compressed file of two."""
    zeros = "0" * 1_000_000
    tar = folder / "a.tar.gz"
    tar.write_bytes(gzip.compress(tar_bytes(("a/x", zeros), ("a/y", zeros))))
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", zeros)
        archive.writestr("y", zeros)
    (folder / "c.xz").write_bytes(lzma.compress(2 * zeros.encode()))
    return [tar, folder / "b.zip", folder / "c.xz"]


@pytest.mark.parametrize("number", range(3))
def test_no_more_than_the_limit_is_written(number: int, tmp_path: Path) -> None:
    archive = bombs(tmp_path)[number]
    assert archive.stat().st_size < 10_000
    extract(archive, tmp_path / "all", limit=2_000_000)
    with pytest.raises(ArchiveTooLargeError, match="unpacks to more than") as caught:
        extract(archive, tmp_path / "part", limit=1_900_000)
    assert "config:unpack_limit" in str(caught.value.hint)
    sizes = [path.stat().st_size for path in (tmp_path / "part").rglob("*") if path.is_file()]
    assert sum(sizes) <= 1_900_000

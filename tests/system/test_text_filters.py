"""Line by line substitution."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from re import Match

import pytest

from spack.system.files.text_filters import FileFilter, change_sed_delimiter, filter_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_bytes(b"one two\nthree\r\nfour\n")
    return path


def test_patterns_do_not_span_lines(file: Path) -> None:
    filter_file(r"two\nthree", "X", str(file))
    filter_file(r"two\s*three", "X", str(file))
    assert file.read_bytes() == b"one two\nthree\r\nfour\n"


def test_end_of_line(file: Path) -> None:
    filter_file(r"two$", "2", str(file))
    filter_file(r"three$", "3", str(file))
    assert file.read_bytes() == b"one 2\nthree\r\nfour\n"


@pytest.mark.parametrize(
    ("regex", "repl", "expected"),
    [
        ("(one) (two)", r"\2-\1", b"two-one\n"),
        ("one", r"a\nb", b"a\\nb two\n"),
        ("one", "a\nb", b"a\nb two\n"),
        ("one", r"\0", b"\\0 two\n"),
        ("one", r"a\\b", b"a\\b two\n"),
        ("one(x)?", r"[\1]", b"[] two\n"),
        (" .*", r"\g<0>", b"one\\g<0>\n"),
    ],
)
def test_replacement_texts(regex: str, repl: str, expected: bytes, file: Path) -> None:
    filter_file(regex, repl, str(file))
    assert file.read_bytes().replace(b"three\r\nfour\n", b"") == expected


def test_replacement_function(file: Path) -> None:
    def upper(match: Match[str]) -> str:
        return match.group().upper()

    filter_file("[a-z]+", upper, str(file))
    assert file.read_bytes() == b"ONE TWO\nTHREE\r\nFOUR\n"


def test_literal_text(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("a.b a+b\n")
    filter_file("a.b", "x", str(path), string=True)
    filter_file("a+b", r"\\", str(path), string=True)
    assert path.read_text() == "x \\\n"
    with pytest.raises(IndexError):
        filter_file("x", r"\1", str(path), string=True)
    assert path.read_text() == "x \\\n"


def test_markers(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("x\n  begin \nx\nbegin\nx\nend\nx\n")
    filter_file("x|begin|end", "y", str(path), start_at="begin", stop_at="end")
    assert path.read_text() == "x\n  begin \ny\ny\ny\nend\nx\n"


def test_missing_files(tmp_path: Path) -> None:
    filter_file("a", "b", str(tmp_path / "no"), ignore_absent=True)
    with pytest.raises(FileNotFoundError):
        filter_file("a", "b", str(tmp_path / "no"))
    assert os.listdir(tmp_path) == []


def test_bytes_modes_and_links_survive(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\xff\xfe a\n")
    path.chmod(0o750)
    os.link(path, tmp_path / "hard")
    (tmp_path / "soft").symlink_to("f")
    filter_file("a", "b", str(tmp_path / "soft"))
    assert (tmp_path / "hard").read_bytes() == b"\xff\xfe b\n"
    assert (tmp_path / "soft").is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o750
    assert sorted(os.listdir(tmp_path)) == ["f", "hard", "soft"]


def test_a_failure_restores_the_file(file: Path) -> None:
    def fail(match: Match[str]) -> str:
        raise RuntimeError

    before = file.read_bytes()
    with pytest.raises(RuntimeError):
        filter_file("three", fail, str(file))
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_backup_keeps_a_random_name(file: Path) -> None:
    before = file.read_bytes()
    filter_file("one", "1", str(file), backup=True)
    (other,) = [name for name in os.listdir(file.parent) if name != file.name]
    assert other.startswith(file.name + ".") and (file.parent / other).read_bytes() == before


def test_file_filter(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text("x.y\n")
    files = FileFilter(str(tmp_path / "a"), str(tmp_path / "b"))
    files.filter("x.", "z", string=True)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["zy\n", "zy\n"]
    assert files.filenames == (str(tmp_path / "a"), str(tmp_path / "b"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("s@a@b@g", "s|a|b|g"),
        ("s@a@b@p", "s|a|b|g"),
        ("s@@b@g", "s||b|g"),
        ("'s@a@b@gI' 's@c@d@'", "'s@a@b@gI' 's|c|d|g'"),
        ('x "s@a@b@" y "s@c@d@p"', 'x "s|a|b|g" y "s|c|d|g"'),
        ("s@a@b@gI", None),
        ("s@a@b@", None),
        (" s@a@b@g", None),
        ("s@a@b@g ", None),
        ("'s@a@b'", None),
    ],
)
def test_sed_delimiters(before: str, after: str | None, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(before + "\n")
    change_sed_delimiter("@", "|", str(path))
    assert path.read_text() == (before if after is None else after) + "\n"

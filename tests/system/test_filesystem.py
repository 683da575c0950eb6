"""Files and trees on a real disk; modes and links were checked against the reference program."""

from __future__ import annotations

import copy as copying
import io
import os
import pickle
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from spack.system.files import filesystem as fs
from spack.system.files import writing
from spack.system.files.prefixes import Prefix
from spack.system.terminal import messages
from spack.system.terminal.output import Reporter


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def make(name: str, mode: int = 0o644) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
    path.chmod(mode)
    return path


def mode_of(name: str) -> int:
    return stat.S_IMODE(os.lstat(name).st_mode)


# writing


def test_atomic_write_replaces_content_and_keeps_the_mode() -> None:
    make("f", 0o640)
    writing.atomic_write("f", "new ü")
    assert Path("f").read_bytes() == "new ü".encode() and mode_of("f") == 0o640
    writing.atomic_write("f", b"\0", mode=0o700)
    assert Path("f").read_bytes() == b"\0" and mode_of("f") == 0o700
    writing.atomic_write("g", "")
    assert mode_of("g") == 0o644
    assert sorted(os.listdir()) == ["f", "g"]


def test_atomic_write_follows_links() -> None:
    make("d/f")
    os.symlink("d/f", "link")
    writing.atomic_write("link", "x")
    assert os.path.islink("link") and Path("d/f").read_text() == "x"


def test_atomic_write_leaves_nothing_behind_when_it_fails() -> None:
    os.mkdir("target")
    with pytest.raises(OSError):
        writing.atomic_write("target", "x")
    assert os.listdir() == ["target"] and os.listdir("target") == []


def test_readers_never_see_a_mixture() -> None:
    """Two writers and a reader at once."""
    texts = ["a" * 5000, "b" * 7000]
    writing.atomic_write("f", texts[0])
    threads = [
        threading.Thread(target=lambda t=t: [writing.atomic_write("f", t) for _ in range(10)])
        for t in texts
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert Path("f").read_text() in texts


def test_touch() -> None:
    fs.touch("f")
    os.utime("f", (1, 1))
    fs.touch("f")
    assert os.stat("f").st_mtime > 1000
    with pytest.raises(FileNotFoundError):
        fs.touch("no/f")


# directories


def test_mkdirp() -> None:
    writing.mkdirp("a/b", "a/c")
    writing.mkdirp("a/b")
    make("file")
    with pytest.raises(FileExistsError):
        writing.mkdirp("file")
    writing.mkdirp("m/n", mode=0o750)
    assert mode_of("m/n") == 0o750 and mode_of("m") != 0o750
    writing.mkdirp("o/p", mode=0o700, default_perms="args")
    assert mode_of("o") == 0o700
    os.mkdir("q", 0o711)
    writing.mkdirp("q/r/s", default_perms="parents")
    assert mode_of("q/r") == 0o711


def test_groups() -> None:
    assert writing.group_id(os.getgid()) == os.getgid()
    writing.mkdirp("g", group=os.getgid())
    with pytest.raises(writing.UnknownGroupError, match="no-such-group"):
        writing.group_id("no-such-group")


def test_working_dir() -> None:
    here = os.getcwd()
    with pytest.raises(RuntimeError), fs.working_dir("a/b", create=True):
        assert os.getcwd() == os.path.join(here, "a/b")
        raise RuntimeError
    assert os.getcwd() == here
    with pytest.raises(FileNotFoundError), fs.working_dir("no"):
        pass


# copying


def test_install_sets_modes() -> None:
    os.mkdir("in")
    for name, mode in (("x", 0o700), ("y", 0o711), ("z", 0o600)):
        make(name, mode)
        fs.install(name, "in")
    assert [oct(mode_of(f"in/{name}")) for name in "xyz"] == ["0o744", "0o755", "0o644"]
    fs.copy("x", "in/copied")
    assert mode_of("in/copied") == 0o700


def test_install_of_patterns_and_links() -> None:
    os.mkdir("in")
    make("a1")
    make("a2")
    os.symlink("a1", "link")
    fs.install("a*", "in")
    fs.install("link", "in")
    assert sorted(os.listdir("in")) == ["a1", "a2", "link"] and not os.path.islink("in/link")
    with pytest.raises(OSError):
        fs.install("nope*", "in")
    with pytest.raises(ValueError):
        fs.install("a*", "nodir")
    with pytest.raises(IsADirectoryError):
        fs.install("in", "in")
    with pytest.raises(FileNotFoundError):
        fs.install("a1", "no/such/x")


def source_tree() -> None:
    make("s/bin/t", 0o700)
    os.utime("s/bin/t", (1000, 1000))
    os.symlink(os.path.abspath("s/bin/t"), "s/abs")
    os.symlink("/usr", "s/usr")
    os.symlink("nowhere", "s/broken")
    os.symlink("bin/t", "s/rel")


def test_install_tree_redirects_absolute_links() -> None:
    source_tree()
    os.chmod("s/bin", 0o700)
    fs.install_tree("s", "t")
    assert {name: os.readlink(f"t/{name}") for name in ("abs", "usr", "broken", "rel")} == {
        "abs": os.path.abspath("t/bin/t"),
        "usr": "/usr",
        "broken": "nowhere",
        "rel": "bin/t",
    }
    assert mode_of("t/bin/t") == 0o744 and mode_of("t/bin") == 0o755
    assert os.stat("t/bin/t").st_mtime == 1000
    fs.copy_tree("s", "u")
    assert mode_of("u/bin/t") == 0o700 and mode_of("u/bin") == 0o700


def test_install_tree_merges_but_does_not_replace_links() -> None:
    make("s/d/new")
    make("t/d/old")
    fs.install_tree("s", "t")
    assert sorted(os.listdir("t/d")) == ["new", "old"]
    os.symlink("x", "s/link")
    fs.install_tree("s", "t")
    with pytest.raises(FileExistsError):
        fs.install_tree("s", "t")


def test_install_tree_errors() -> None:
    source_tree()
    with pytest.raises(ValueError, match="itself"):
        fs.install_tree("s", "s/in")
    with pytest.raises(OSError):
        fs.install_tree("nope", "q")
    with pytest.raises(OSError):
        fs.install_tree("s", "v", symlinks=False)
    os.unlink("s/broken")
    os.unlink("s/usr")
    fs.install_tree("s", "w", symlinks=False)
    assert not os.path.islink("w/abs") and Path("w/abs").read_text() == "s/bin/t"


def test_install_tree_leaves_out() -> None:
    source_tree()
    errors = io.StringIO()
    with messages.reporting(Reporter(errors=errors)):
        fs.install_tree("s", "u", ignore=lambda path: path == "bin")
    assert sorted(os.listdir("u")) == ["broken", "usr"]
    assert "left out" in errors.getvalue()


# links, permissions, times


def test_links() -> None:
    make("f")
    fs.symlink("f", "l")
    with pytest.raises(FileExistsError):
        fs.symlink("g", "l")
    fs.force_symlink("g", "l")
    assert os.readlink("l") == "g"


def test_permissions() -> None:
    make("f", 0o640)
    fs.set_executable("f")
    assert mode_of("f") == 0o750 and fs.is_exe("f") and fs.can_access("f")
    fs.set_install_permissions("f")
    assert mode_of("f") == 0o644
    os.mkdir("d", 0o700)
    fs.set_install_permissions("d")
    assert mode_of("d") == 0o755 and not fs.is_exe("d")
    os.symlink("nowhere", "l")
    fs.set_install_permissions("l")


def test_modification_times_are_kept() -> None:
    make("f")
    os.utime("f", ns=(5, 123456789))
    with fs.keep_modification_time("f", "missing"):
        Path("f").write_text("x")
    assert os.stat("f").st_mtime_ns == 123456789


# removing


def test_removing() -> None:
    make("d/e/f")
    os.symlink("d", "link")
    fs.force_remove("no", "d")
    fs.remove_directory_contents("d")
    assert os.listdir("d") == []
    fs.remove_directory_contents("missing")
    make("d/f")
    fs.remove_linked_tree("link")
    assert not os.path.lexists("link") and not os.path.exists("d")
    fs.remove_linked_tree("missing")


def test_remove_tree_with_read_only_parts() -> None:
    make("d/e/f", 0o400)
    os.chmod("d/e", 0o500)
    os.chmod("d", 0o500)
    fs.remove_tree("d")
    fs.remove_tree("d")
    make("f")
    fs.remove_tree("f")
    assert os.listdir() == []


def test_safe_remove_restores_when_the_block_fails() -> None:
    make("d/x")
    make("d/y/z")
    with fs.safe_remove("d/*") as moved:
        assert set(moved) == {os.path.abspath("d/x"), os.path.abspath("d/y")}
        assert os.listdir("d") == []
    assert os.listdir("d") == []
    make("d/x")
    with pytest.raises(RuntimeError), fs.safe_remove("d/*"):
        make("d/x").write_text("other")
        raise RuntimeError
    assert Path("d/x").read_text() == "d/x"


# names


def test_paths() -> None:
    assert fs.join_path("/a", 3, "b") == "/a/3/b" and fs.join_path("a", "/b") == "/b"
    assert fs.ancestor("/a/b/c", 2) == "/a"
    assert fs.path_contains_subdirectory("/a/b", "/a")
    assert fs.path_contains_subdirectory("/a/b/", "/a/b")
    assert not fs.path_contains_subdirectory("/ab", "/a")
    assert not fs.path_contains_subdirectory("/a/../b", "/a")
    assert fs.path_contains_subdirectory("/a", "/")
    assert fs.get_user()


def test_completions() -> None:
    assert fs.bash_completion_path("/a") == Path("/a/share/bash-completion/completions")
    assert fs.zsh_completion_path(Prefix("/a")) == Path("/a/share/zsh/site-functions")
    assert fs.fish_completion_path("/a") == Path("/a/share/fish/vendor_completions.d")


def test_prefix() -> None:
    prefix = Prefix("/a")
    assert prefix.lib64.x == "/a/lib64/x" and isinstance(prefix.lib64.x, Prefix)
    assert prefix.join("c") == "/a/c" and isinstance(prefix.join("c"), Prefix)
    assert prefix.join("/abs") == "/abs"
    assert type(prefix + "x") is str and Prefix("{0}").format(1) == "1"
    assert prefix.upper() == "/A"
    assert copying.deepcopy(prefix) == prefix and isinstance(copying.copy(prefix), Prefix)
    assert isinstance(pickle.loads(pickle.dumps(prefix)), Prefix)

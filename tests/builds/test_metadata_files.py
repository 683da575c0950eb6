"""Files written around a build."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from spack.builds import metadata_files
from spack.builds.phase_logs import LogTail, PhaseLogs, compress, phase_log_files
from spack.system.processes.variables import EnvironmentModifications


def test_environment_can_be_sourced_and_hides_secrets(tmp_path: Path) -> None:
    changes = EnvironmentModifications()
    changes.set("GREETING", "it's me")
    changes.set("API_TOKEN", "sesame")
    variables = {"GREETING": "it's me", "API_TOKEN": "sesame", "BASH_FUNC_x%%": "() {\n}"}
    metadata_files.write_environment(str(tmp_path), variables, changes)
    for name in (metadata_files.ENVIRONMENT, metadata_files.ENVIRONMENT_CHANGES):
        text = (tmp_path / name).read_text()
        assert "sesame" not in text
        said = subprocess.check_output(["sh", "-c", f'. {tmp_path / name}; printf %s "$GREETING"'])
        assert said == b"it's me"
    mode = os.stat(tmp_path / metadata_files.ENVIRONMENT).st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_configure_arguments(tmp_path: Path) -> None:
    file = tmp_path / metadata_files.CONFIGURE_ARGUMENTS

    def fails() -> None:
        raise RuntimeError

    metadata_files.write_configure_arguments(str(tmp_path), SimpleNamespace(configure_args=fails))
    assert not file.exists()
    package = SimpleNamespace(cmake_args=lambda: ["-DA=1", "-DB=2"])
    metadata_files.write_configure_arguments(str(tmp_path), package)
    assert file.read_text() == "-DA=1 -DB=2"


def test_archived_files_stay_inside_the_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, prefix = tmp_path / "stage", tmp_path / "prefix"
    (stage / "spack-src").mkdir(parents=True)
    (prefix / ".spack").mkdir(parents=True)
    (stage / "spack-src" / "config.log").write_text("log")
    (tmp_path / "outside").write_text("no")
    (stage / "link").symlink_to("../outside")
    patterns = ["spack-src/*.log", "../outside", "link", str(stage / "spack-src" / "config.log")]
    refused = metadata_files.keep_archived_files(str(prefix), str(stage), patterns)
    assert refused == ["../outside", "link"]
    kept = prefix / ".spack" / "archived-files"
    assert (kept / "spack-src" / "config.log").read_text() == "log"
    assert (kept / "errors.txt").read_text().splitlines() == [
        "[OUTSIDE SOURCE PATH]: ../outside", "[OUTSIDE SOURCE PATH]: link",
    ]  # fmt: skip
    assert "outside the stage" in capsys.readouterr().err


def test_logs_of_steps(tmp_path: Path) -> None:
    logs = PhaseLogs(str(tmp_path))
    tail = LogTail(str(tmp_path))
    with logs.step("Configure"):
        print("from python")
        subprocess.run(["sh", "-c", "echo from a child; echo errors >&2"], check=True)
    assert tail.new_text() == "from python\nfrom a child\nerrors\n"
    assert tail.new_text() == ""
    with pytest.raises(ValueError, match="stop"), logs.step("build"):
        print("before the end")
        raise ValueError("stop")
    names = [os.path.basename(path) for path in phase_log_files(str(tmp_path))]
    assert names == ["spack-build-00-configure-out.txt", "spack-build-01-build-out.txt"]
    assert [time.name for time in logs.times] == ["Configure", "build"]
    joined = Path(logs.join())
    assert joined.read_text().endswith("errors\nbefore the end\n")
    compress(str(joined), str(tmp_path / "a.gz"))
    compress(str(joined), str(tmp_path / "b.gz"))
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == joined.read_bytes()
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert (tmp_path / "a.gz").read_bytes()[4:8] == bytes(4), "the time is not in the file"
    logs.clear()
    assert phase_log_files(str(tmp_path)) == [] and not joined.exists()

"""``spack dev-build``: sources in a directory of the user are built and installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.end_to_end.small_instance import SOURCES, Instance


def test_sources_of_the_user_are_built(instance: Instance, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, text in SOURCES["answer"].items():
        (source / name).write_text(text.replace("NUMBER", "5"))
    assert "which version" in instance.fails("dev-build", "answer", cwd=source)
    assert "there is no directory" in instance.fails("dev-build", "-d", "/nowhere", "answer@1.0")
    assert "takes one package" in instance.fails("dev-build", "answer@1.0", "asker@1.0")
    instance.ok("dev-build", "-q", "answer@2.0", cwd=source)
    library = instance.ok("location", "-i", "answer@2.0").strip() + "/lib/libanswer.so"
    program = f"import ctypes; print(ctypes.CDLL('{library}').answer())"
    assert subprocess.check_output(["python3", "-c", program]) == b"5\n"
    assert f"dev_path={source}" in instance.ok("find", "-v", "answer")
    (source / "answer.c").write_text('#include "answer.h"\nint answer(void) { return 6; }\n')
    instance.ok("dev-build", "-q", "-d", str(source), "answer@2.0")
    assert subprocess.check_output(["python3", "-c", program]) == b"6\n"
    assert (source / "answer.c").exists()

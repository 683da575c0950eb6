"""``spack load``, ``unload`` and ``env loads`` through the launcher."""

from __future__ import annotations

from tests.end_to_end.small_instance import Instance


def test_what_no_recipe_describes_is_loaded_by_its_directories(built: Instance) -> None:
    prefix = built.ok("location", "-i", "answer@1.0").strip()
    bare = ("-c", "repos::{}", "load", "--sh", "answer@1.0")
    assert f"export CMAKE_PREFIX_PATH={prefix}:" in built.ok(*bare)


def test_unload_looks_only_at_what_is_loaded(built: Instance) -> None:
    digest = built.ok("find", "--format", "{hash}", "answer@1.0").strip()
    other = built.ok("find", "--format", "{hash}", "answer@2.0").strip()
    assert "2 installed specs match answer" in built("load", "--sh", "answer").stderr
    code = built.ok("unload", "--sh", "answer", variables={"SPACK_LOADED_HASHES": digest})
    assert "SPACK_LOADED_HASHES" in code
    both = {"SPACK_LOADED_HASHES": f"{digest}:{other}"}
    result = built("unload", "--sh", "answer", variables=both)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: 2 loaded specs match answer:\n")
    result = built("unload", "--sh", "answer")
    assert result.stderr == "Error: nothing loaded matches answer\nTry: spack load --list\n"


def test_code_for_batch_files_and_powershell(built: Instance) -> None:
    prefix = built.ok("location", "-i", "answer@1.0").strip()
    digest = built.ok("find", "--format", "{hash}", "answer@1.0").strip()
    for shell, line in (("bat", 'set "{}={}"'), ("pwsh", "$Env:{} = '{}'")):
        lines = built.ok("load", f"--{shell}", "answer@1.0").splitlines()
        assert line.format("SPACK_LOADED_HASHES", digest) in lines
        assert any(line.format("CMAKE_PREFIX_PATH", prefix)[:-2] in one for one in lines)
        loaded = {"SPACK_LOADED_HASHES": digest}
        assert "SPACK_LOADED_HASHES" in built.ok("unload", f"--{shell}", variables=loaded)

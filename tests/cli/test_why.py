"""``spack why`` and ``spack why-not`` through the launcher."""

from __future__ import annotations

from tests.end_to_end.small_instance import Instance


def test_the_way_from_the_root_has_its_directives(instance: Instance) -> None:
    shown = instance.ok("why", "answer", "in", "asker").splitlines()
    assert shown[0] == "asker@1.0 was requested"
    assert "asker depends on answer  [" in shown[1]
    assert "package.py:" in shown[1]
    assert "answer@2.0:" in shown


def test_a_newer_version_has_what_speaks_against_it(instance: Instance) -> None:
    shown = instance.ok("why", "answer", "in", "asker ^answer@1.0")
    assert "not 2.0:" in shown
    assert "^answer@1.0 was requested in asker ^answer@1.0  [command line]" in shown


def test_a_locked_environment_is_asked(built: Instance) -> None:
    shown = built.ok("-e", "asking", "why", "answer")
    assert "asker depends on answer" in shown


def test_a_package_that_is_not_there(instance: Instance) -> None:
    assert "broken is not in the answer for asker" in instance.fails("why", "broken", "in", "asker")
    assert "no environment is active" in instance.fails("why", "broken")


def test_what_only_the_record_of_a_reused_spec_names(built: Instance) -> None:
    for words in (("why", "gcc", "in", "answer"), ("-e", "asking", "why", "gcc")):
        shown = built.ok(*words).splitlines()
        at = next(i for i, line in enumerate(shown) if line.startswith("gcc@"))
        assert "is reused; its record names gcc@" in shown[at + 1]


def test_a_virtual_on_any_edge_and_one_that_was_requested_itself(instance: Instance) -> None:
    shown = instance.ok("why", "c", "in", "asker")
    assert "depends on c  [" in shown
    assert "gcc@" in shown
    assert instance.ok("why", "c", "in", "answer").startswith("answer@2.0 was requested\n")


def test_only_a_plain_name_is_asked_about(instance: Instance) -> None:
    for word in ("answer@2", "/abcdefg"):
        assert "is not the name of a package" in instance.fails("why", word)


def test_a_name_that_nobody_knows(instance: Instance) -> None:
    error = instance.fails("why", "anser", "in", "asker")
    assert "no recipe for package 'anser'" in error
    assert "did you mean answer" in error


def test_why_not_names_the_default(instance: Instance) -> None:
    shown = instance.ok("why-not", "answer~shared")
    assert "shared is True by default" in shown
    assert "package.py:" in shown
    assert "is already the result for answer" in instance.ok("why-not", "answer+shared")


def test_why_not_names_what_clashes(instance: Instance) -> None:
    error = instance.fails("why-not", "answer@1.0 mode=slow")
    assert "cannot be concretized" in error
    assert "the spec has no name" in instance.fails("why-not", "+shared")

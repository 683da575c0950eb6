"""Tests that run between the phases of a build."""

from spack.package import Builder


def execute_build_time_tests(builder: Builder) -> None:
    """Run the methods named in ``build_time_test_callbacks``, if tests were asked for."""
    callbacks = builder.build_time_test_callbacks
    if builder.pkg.run_tests and callbacks:
        builder.pkg.tester.phase_tests(builder, "build", callbacks)

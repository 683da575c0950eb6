"""Ctrl-C takes effect also where Python would lose it."""

from __future__ import annotations

import signal
import sys
import time
import weakref

import pytest

from spack.system.processes.interruptions import interruptions_held_back, unraisable


class Interrupted:
    """Ctrl-C arrives while its memory is released."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def delivered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", unraisable)


@pytest.mark.usefixtures("delivered_again")
def test_in_a_destructor() -> None:
    with pytest.raises(KeyboardInterrupt):
        Interrupted()
        time.sleep(60)


@pytest.mark.usefixtures("delivered_again")
def test_in_the_callback_of_a_weak_reference() -> None:
    what = {1}
    reference = weakref.ref(what, lambda gone: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        del what
        time.sleep(60)
    assert reference() is None


@pytest.mark.usefixtures("delivered_again")
def test_other_errors_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    what = {1}
    reference = weakref.ref(what, lambda gone: 1 // 0)
    del what
    assert reference() is None
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_held_back_until_the_end() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with interruptions_held_back():
            signal.raise_signal(signal.SIGINT)
            done.append(1)
        done.append(2)
    assert done == [1]

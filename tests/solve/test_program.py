"""The ground program and its search, without packages."""

from __future__ import annotations

import pytest
from tests.solve.corpus import said

from spack.errors import Origin
from spack.solve.asp.clashes import find_clash
from spack.solve.asp.control import SolveTimeoutError, optimum
from spack.solve.asp.program import FALSE, TRUE, Program


def test_choice_takes_the_cheapest_value() -> None:
    program = Program()
    dear, cheap = program.atom(), program.atom()
    program.choice([dear, cheap], ())
    program.exactly_one([dear, cheap], TRUE)
    program.minimize(10, 5, dear)
    program.minimize(10, 2, cheap)
    answer = optimum(program)
    assert answer is not None
    assert answer.holds(cheap) and not answer.holds(dear)
    assert answer.costs == {10: 2}


def test_a_higher_priority_outranks_any_sum_below() -> None:
    program = Program()
    first, second = program.atom(), program.atom()
    program.choice([first, second], ())
    program.exactly_one([first, second], TRUE)
    program.minimize(2, 1, first)
    program.minimize(1, 1000, second)
    answer = optimum(program)
    assert answer is not None and answer.holds(second)


def test_any_answer_will_do_where_it_is_asked_for() -> None:
    program = Program()
    dear, cheap = program.atom(), program.atom()
    program.choice([dear, cheap], ())
    program.exactly_one([dear, cheap], TRUE)
    program.minimize(1, 5, dear)
    answer = optimum(program, enough=[-cheap])
    assert answer is not None and answer.holds(dear) and not answer.proved
    answer = optimum(program, enough=[-cheap, -dear])
    assert answer is not None and answer.holds(cheap) and answer.proved


def test_constants_are_simplified_away() -> None:
    program = Program()
    atom = program.atom()
    assert program.all_of((TRUE, atom)) == atom
    assert program.all_of((FALSE, atom)) == FALSE
    assert program.any_of((FALSE, atom)) == atom
    assert program.any_of((atom, -atom)) == TRUE
    assert program.all_of((atom, -atom)) == FALSE
    assert program.all_of(()) == TRUE
    assert program.any_of(()) == FALSE


def test_equal_conjunctions_share_an_atom() -> None:
    program = Program()
    a, b = program.atom(), program.atom()
    assert program.all_of((a, b)) == program.all_of((b, a, TRUE))


def test_edges_form_no_cycle() -> None:
    program = Program()
    forward, backward = program.atom(), program.atom()
    program.choice([forward, backward], ())
    program.acyclic_edge(0, 1, forward)
    program.acyclic_edge(1, 0, backward)
    program.minimize(1, 1, -forward)
    program.minimize(1, 1, -backward)
    answer = optimum(program)
    assert answer is not None
    assert answer.costs == {1: 1}


def test_reasons_are_a_minimal_set() -> None:
    program = Program()
    a, b, c = program.atom(), program.atom(), program.atom()
    program.choice([a, b, c], ())
    wanted = said("a is wanted", Origin("spack.yaml", 3))
    clash = said("a excludes b")
    other = said("b is wanted")
    program.forbid((-a,), wanted)
    program.forbid((a, b), clash)
    program.forbid((-b,), other)
    program.forbid((-c,), said("c is wanted"))
    assert optimum(program) is None
    assert set(find_clash(program).reasons) == {wanted, clash, other}


def test_bounds_take_part_in_explanations() -> None:
    program = Program()
    a, b = program.atom(), program.atom()
    program.choice([a, b], ())
    program.forbid((-a,), said("a"))
    program.forbid((-b,), said("b"))
    program.at_most(1, [a, b], said("one of them"))
    assert optimum(program) is None
    assert {reason.in_words().text for reason in find_clash(program).reasons} == {
        "a",
        "b",
        "one of them",
    }


def pigeons_and_holes(pigeons: int, holes: int) -> tuple[Program, list[int]]:
    """Each hole takes one pigeon; literals that tell which pigeons have none. Hard to reason on."""
    program = Program()
    sits = [[program.atom() for _ in range(holes)] for _ in range(pigeons)]
    program.choice([atom for row in sits for atom in row], ())
    for hole in range(holes):
        for first in range(pigeons):
            for second in range(first + 1, pigeons):
                program.forbid([sits[first][hole], sits[second][hole]])
    return program, [-program.any_of(row) for row in sits]


def test_a_time_limit_is_told() -> None:
    program, homeless = pigeons_and_holes(13, 12)
    for literal in homeless:
        program.forbid([literal])
    for best_so_far in (False, True):
        with pytest.raises(SolveTimeoutError, match="no answer") as caught:
            optimum(program, timeout=0.2, best_so_far=best_so_far)
        assert caught.value.found is None
    assert caught.value.hint is not None and "error_on_timeout" in caught.value.hint


def test_the_best_answer_so_far_is_no_better_than_the_bound() -> None:
    program, homeless = pigeons_and_holes(13, 12)
    for literal in homeless:
        program.minimize(7, 2, literal)
    with pytest.raises(SolveTimeoutError) as caught:
        optimum(program, timeout=0.2)
    answer = optimum(program, timeout=0.2, best_so_far=True)
    assert answer is not None and not answer.proved
    assert caught.value.bounds.get(7, 0) <= answer.costs[7]
    easy, few = pigeons_and_holes(3, 2)
    for literal in few:
        easy.minimize(7, 2, literal)
    proved = optimum(easy, timeout=60, best_so_far=True)
    assert proved is not None and proved.proved and proved.costs == {7: 2}

"""Edits of YAML files say what they are meant to say, and comments stay with their entries."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from spack.system.files.yaml_documents import Document
from spack.system.files.yaml_files import YamlError, dump, load_text, plain

SCALARS = st.sampled_from(
    [None, True, False, 1, 0, "1", "a", "two words", "# no", "a: b", "x\ny\n", ""]
)
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=10,
)
ROOTS = st.dictionaries(st.sampled_from("abcd"), DATA, min_size=1, max_size=4)


@settings(max_examples=150)
@example({"a": [True]}, {"a": [None, False]}, 0, False)
@given(ROOTS, ROOTS, st.sampled_from([0, 2]), st.booleans())
def test_a_change_says_what_it_means(
    before: dict[str, Any], after: dict[str, Any], sequence: int, flow: bool
) -> None:
    document = Document(dump(before, sequence=sequence, flow=flow))
    document.data = after
    try:
        text = document.text()
    except YamlError as error:
        assert "without losing" in str(error)
        raise
    assert plain(load_text(text)) == after


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(NAMES, st.sets(st.sampled_from("abcdefgh")), NAMES, st.data())
def test_comments_stay_with_their_entries(
    names: list[str], removed: set[str], added: list[str], data: Any
) -> None:
    kind = data.draw(st.sampled_from(["list", "mapping"]))
    commented = {name for name in names if data.draw(st.booleans())}

    def lines(name: str, comment: bool) -> list[str]:
        entry = f"  - {name}" if kind == "list" else f"    {name}: 1"
        return ([f"{entry[: -len(entry.lstrip())]}# of {name}"] if comment else []) + [entry]

    def text(shown: list[tuple[str, bool]]) -> str:
        found = [line for name, comment in shown for line in lines(name, comment)]
        head = (
            ["spack:", "  specs:"]
            if found
            else ["spack:", "  specs: []" if kind == "list" else "  specs: {}"]
        )
        return "\n".join([*head, *found, "  # of the view", "  view: true", ""])

    document = Document(text([(name, name in commented) for name in names]))
    there = document.data["spack"]["specs"]
    new = [name for name in added if name not in names]
    for name in removed & set(names):
        there.remove(name) if kind == "list" else there.pop(name)
    # One step would not tell an entry that is replaced from two that come and go.
    document = Document(document.text())
    there = document.data["spack"]["specs"]
    for name in new:
        there.append(name) if kind == "list" else there.update({name: 1})
    kept = [(name, name in commented) for name in names if name not in removed]
    assert document.text() == text([*kept, *((name, False) for name in new)])

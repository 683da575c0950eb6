"""The error of a request that has no answer: its sentences in the order in which they read well."""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import SpackError
from spack.language.specs import Edge, Located, flags_text
from spack.solve.asp.control import SolveTimeoutError
from spack.solve.asp.criteria import table
from spack.solve.asp.program import Reason, Sentence
from spack.solve.encoding.sentences import PART_REQUESTED, REQUESTED
from spack.solve.problem.request import Request
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.solve.explaining.ways_out import Refused

#: The number of constraints to list: sets of more could not be made minimal.
_LISTED = 20


class UnsatisfiableRequestError(SpackError):
    """No graph satisfies the request; ``reasons`` is a minimal set that cannot hold together.

    Not ``minimal`` where some of them may have no part. ``relaxations`` say what to do instead;
    each is known to solve. ``needs`` say why packages are there that the reasons are about.
    ``refused`` is what the solver found. The reasons clash where ``defaults`` keep their values;
    with others there is no answer either, for more reasons.
    """

    exit_code = 3

    def __init__(
        self,
        request: Request,
        reasons: Sequence[Sentence],
        relaxations: Sequence[str] = (),
        needs: Sequence[str] = (),
        minimal: bool = True,
        refused: Refused | None = None,
        defaults: Sequence[str] = (),
    ) -> None:
        self.request = request
        self.minimal = minimal
        self.refused = refused
        self.defaults = tuple(defaults)
        self.relaxations = tuple(relaxations)
        self.needs = tuple(needs)
        self.reasons = tuple(reasons) or tuple(
            Reason(REQUESTED, (root.text,), root.origin).in_words() for root in request.roots
        )
        reasons = self.reasons
        roots = ", ".join(root.text for root in request.roots)
        super().__init__(
            f"{roots} cannot be concretized: " + _summary(reasons),
            details="\n".join(
                [_line(number, reason) for number, reason in enumerate(reasons[:_LISTED], 1)]
                + _more(len(reasons) - _LISTED, minimal)
                + [f"  ({text})" for text in self.needs]
                + _by_default(self.defaults)
            ),
            hint=_hint(self.relaxations, len(reasons)),
        )


def _summary(reasons: Sequence[Sentence]) -> str:
    if len(reasons) == 1:
        return "this constraint cannot be satisfied:"
    return f"these {len(reasons)} constraints contradict each other:"


def _hint(relaxations: Sequence[str], reasons: int) -> str | None:
    if relaxations:
        return "each of these solves: " + "; or ".join(relaxations)
    return "drop or change one of the numbered constraints" if reasons > 1 else None


def _line(number: int, reason: Sentence) -> str:
    known = reason.origin is not None and reason.origin.file
    place = f"  [{reason.origin}]" if known else ""
    return f"  {number}. {reason.text}{place}"


def _by_default(defaults: Sequence[str]) -> list[str]:
    if not defaults:
        return []
    return [f"  (with {', '.join(defaults)} as by default; otherwise more constraints clash)"]


def _more(count: int, minimal: bool) -> list[str]:
    more = [f"  … and {count} more"] if count > 0 else []
    if not minimal:
        more.append("  (not all of these may matter: to find out would take too long)")
    return more


def with_odd_parts(
    reasons: Sequence[Sentence], request: Request, may_be_below: Callable[[str, str], bool]
) -> list[Sentence]:
    """The reasons, where parts of the request say what is odd about them.

    No graph can have them, or their flags are for a dependency, which is seldom meant.

    Args:
        may_be_below: whether a package can be below a root at all.
    """
    told = {}
    for root in request.roots:
        for edge in root.spec.dependencies:
            above, below = root.spec.name or "", edge.spec.name
            if edge.direct and edge.spec.flags:
                flags = flags_text(edge.spec.flags).strip()
                told[_part(root, edge)] = (
                    f", where {flags} are flags for {below}; those for {above} stand before the %"
                )
            if edge.sigil == "^" and below and not may_be_below(above, below):
                told[_part(root, edge)] = (
                    f", but {below} is neither a direct dependency of {above} "
                    "nor one that it links or runs"
                )
    return [reason._replace(text=reason.text + told.get(reason.text, "")) for reason in reasons]


def part_requested(root: Located, edge: Edge) -> Reason:
    """The reason that a dependency was asked for."""
    return Reason(PART_REQUESTED, (str(edge).strip(), root.text), root.origin)


def _part(root: Located, edge: Edge) -> str:
    return part_requested(root, edge).in_words().text


def ordered(reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons in order: requests, then configuration and recipes, then general rules."""
    rank = {"request": 0, "requirement": 1, "buildable": 1, "conflict": 2, "dependency": 3}
    return sorted(reasons, key=lambda reason: rank.get(reason.kind, 4))


def timed_out(timeout: float, error: SolveTimeoutError) -> SolveTimeoutError:
    """The error for a whole solve, with what is known of the cost in words."""
    told = SolveTimeoutError(timeout, error.bounds, error.found)
    lines = []
    for row in table():
        least = error.bounds.get(row.priority, 0)
        found = None if error.found is None else error.found.get(row.priority, 0)
        if least or found:
            shown = "" if found is None else f", the answer found has {found}"
            lines.append(f"  {row.name}: at least {least}{shown}")
    told.details = "\n".join(lines) or None
    return told

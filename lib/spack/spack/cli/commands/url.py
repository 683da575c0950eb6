"""``spack url``: what is recognised in the addresses of sources."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spack.work.authoring.url_survey import UrlRow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    parse = verbs.add("parse", "show the name and version in a URL")
    parse.add_argument("url")
    flag(parse, "-s --spider", "look for other versions next to it")
    listed = verbs.add("list", "list the URLs in all recipes")
    flag(listed, "-c --color", "show the name and version in colour")
    flag(listed, "-e --extrapolation", "show the URL derived for each version, too")
    names = listed.add_mutually_exclusive_group()
    flag(names, "-n --incorrect-name", "list only URLs parsed with a wrong name")
    flag(names, "-N --correct-name", "list only URLs parsed with the right name")
    versions = listed.add_mutually_exclusive_group()
    flag(versions, "-v --incorrect-version", "list only URLs parsed with a wrong version")
    flag(versions, "-V --correct-version", "list only URLs parsed with the right version")
    summary = verbs.add("summary", "count the names and versions that are recognised")
    stats = verbs.add("stats", "count schemes and checksums of all versions")
    flag(stats, "--show-issues", "list versions without a safe checksum or protocol")
    for verb in (parse, listed, summary, stats):
        flag(verb, "--json", "print JSON")


def run(args: argparse.Namespace, session: Session) -> int:
    if args.verb == "parse":
        return _parse(args, session)
    {"list": _list, "summary": _summary, "stats": _stats}[args.verb](args, session)
    return 0


def _parse(args: argparse.Namespace, session: Session) -> int:
    from spack.work.authoring import upstream_versions

    found = upstream_versions.parse_url(args.url)
    data: dict[str, Any] = dict(found._asdict())
    if args.spider:
        data["versions"] = upstream_versions.linked_archives(session.settings, args.url)
    if args.json:
        write(as_json(data))
    else:
        write(f"name:     {found.name or '(none)'}\nversion:  {found.version or '(none)'}\n")
        for version, url in data.get("versions", {}).items():
            write(f"    {version}  {url}\n")
    return 0 if found.name and found.version else 1


def _list(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import url_survey

    found = url_survey.rows(session.repositories, extrapolate=args.extrapolation)
    if args.incorrect_name or args.correct_name:
        found = [row for row in found if row.name_is_right == args.correct_name]
    if args.incorrect_version or args.correct_version:
        found = [row for row in found if row.version_is_right == args.correct_version]
    if args.json:
        write(as_json([row._asdict() for row in found]))
    else:
        shown = {row.url: _coloured(row) if args.color else row.url for row in reversed(found)}
        write("".join(f"{shown[url]}\n" for url in dict.fromkeys(row.url for row in found)))


def _coloured(row: UrlRow) -> str:
    """The address with the last place of its version in green, and of its name in cyan."""
    url = row.url
    places: list[tuple[int, int, str]] = []
    for word, code in ((row.version, "32"), (row.name, "36")):
        end = len(url) if not places else places[0][0]
        start = -1 if word is None else url.rfind(word, 0, end)
        if word is not None and start >= 0:
            places.insert(0, (start, start + len(word), code))
    for start, end, code in reversed(places):
        url = f"{url[:start]}\x1b[{code}m{url[start:end]}\x1b[0m{url[end:]}"
    return url


def _summary(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import url_survey

    found = url_survey.rows(session.repositories)
    counts = {
        "addresses": len(found),
        "right names": sum(row.name_is_right for row in found),
        "right versions": sum(row.version_is_right for row in found),
    }
    _print_counts(args, counts)


def _stats(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import url_survey

    found = url_survey.statistics(session.repositories)
    if args.json:
        write(as_json(found._asdict()))
        return
    write(f"==> {found.versions} versions of {found.packages} packages\n")
    for counts in (found.schemes, found.checks):
        _print_counts(args, counts)
    if args.show_issues:
        write("".join(f"{line}\n" for line in found.issues))


def _print_counts(args: argparse.Namespace, counts: dict[str, int]) -> None:
    if args.json:
        write(as_json(counts))
    else:
        write("".join(f"{count:>8}  {word}\n" for word, count in counts.items()))

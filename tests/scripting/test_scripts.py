"""Scripts for Spack, run as users run them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Callable

from tests.clone import ROOT
from tests.end_to_end.small_instance import Instance
from tests.scripting.conftest import own_lines

from spack.scripting.names import NAMES

Printed = Callable[..., str]

#: Lists what satisfies one spec and not another one.
DIFFERENCE = """\
import sys
from spack.spec import Spec
import spack.store
import spack.cmd

wanted, unwanted = Spec(sys.argv[1]), Spec(sys.argv[2])
every = spack.store.STORE.db.query(wanted)
spack.cmd.display_specs(filter(lambda one: not one.satisfies(unwanted), every))
"""


def test_a_query_that_find_cannot_ask(built: Instance, tmp_path: Path) -> None:
    script = tmp_path / "difference.py"
    script.write_text(DIFFERENCE)
    shown = built.ok("python", str(script), "%gcc", "^answer")
    assert "answer@1.0\nanswer@2.0\n" in shown and "asker" not in shown
    assert shown.startswith("-- linux-")
    assert "asker@1.0" in built.ok("python", str(script), "%gcc", "answer")


def test_a_script_names_its_interpreter(built: Instance, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "spack-python"
    program.parent.mkdir()
    program.symlink_to(ROOT / "bin" / "spack-python")
    script = tmp_path / "difference"
    script.write_text("#!/usr/bin/env spack-python\n" + DIFFERENCE)
    script.chmod(0o755)
    variables = {**built.variables, "PATH": f"{program.parent}:/usr/bin:/bin"}
    result = subprocess.run(
        [str(script), "asker", "answer@9"], env=variables, capture_output=True, encoding="utf-8"
    )
    assert "asker@1.0\n" in result.stdout, result.stderr


def test_every_name_of_the_table_is_there(printed: Printed) -> None:
    code = "import importlib, json, sys\n"
    code += "for module, names in json.loads(sys.argv[1]).items():\n"
    code += "    found = [getattr(importlib.import_module(module), name) for name in names]\n"
    code += "    print(module, len(found), 'Unavailable' in str(list(map(type, found))))\n"
    shown = printed(code, json.dumps({module: list(names) for module, names in NAMES.items()}))
    assert shown.splitlines() == [f"{name} {len(names)} False" for name, names in NAMES.items()]


def test_specs_abstract_and_concrete(printed: Printed) -> None:
    code = """
from spack.spec import Spec
import spack.concretize, spack.error
s = Spec("asker target=x86_64 ^answer@2")
print(s.concrete, s.name, str(s.architecture))
try:
    s.version
except spack.error.SpecError as error:
    print("SpecError", error)
c = spack.concretize.concretize_one(s)
print(c.concrete, c.version, c.versions, c.satisfies("@1:"), c["answer"].version, c == s)
print(c == Spec("asker target=x86_64 ^answer@2").concretized() == Spec(c))
s.concretize()
print(s == c, isinstance(c["answer"], Spec), c.installed, c.prefix.startswith("/"))
print(Spec.from_json(c.to_json()) == c, c.to_dict()["spec"]["nodes"][0]["name"])
print(Spec("answer").constrain("@2"), Spec("oracle").virtual, Spec("answer").virtual)
print(c.tree(format="{name}").splitlines()[0], c.format("{name}-{version}"), c.package.name)
print([found.name for found in c["answer"].dependents()], c.short_spec.startswith("asker@1.0"))
pairs = spack.concretize.concretize_together([(Spec("asker"), None), Spec("answer")])
print([(str(wanted), found.name) for wanted, found in pairs], pairs[0][1]["answer"] == pairs[1][1])
"""
    lines = printed(code).splitlines()
    assert lines[0] == "False asker None-None-x86_64"
    assert lines[1].startswith("SpecError the spec 'asker")
    assert lines[2] == "True 1.0 =1.0 True 2.0 False"
    assert lines[3] == "True"
    assert lines[4] in ("True True True True", "True True False True")
    assert lines[5:8] == ["True asker", "True True False", "asker asker-1.0 asker"]
    assert lines[8].endswith(" True")
    assert lines[9] == "[('asker', 'asker'), ('answer', 'answer')] True"


def test_specs_in_their_graph(printed: Printed) -> None:
    code = """
from spack.spec import InstallStatus, Spec
import spack.store
c = Spec("asker").concretized()
a = c["answer"]
print(c.root is c or c.root == c, a.root == c, a.copy().root.name, Spec(a).root == a)
print(next(n for n in c.traverse() if n.name == "answer").root.name)
print(spack.store.STORE.db.query_one("answer@2").root.name, Spec("asker ^answer@2").root.name)
print([(e.parent.name, e.spec.name) for e in a.edges_from_dependents()], c.edges_from_dependents())
print([n.name for n in a.dependents()], sorted(c.index())[:2])
new = Spec("picky").concretized()
print(new.installed, [n.name for n in new["answer"].dependents()])
print(a.install_status(), a.install_status() == InstallStatus.installed, new.install_status())
print(new["answer"]["gcc"].install_status().name, Spec("x").install_status().name)
print(Spec("/" + a.dag_hash(7)).abstract_hash == a.dag_hash(7), a.abstract_hash)
print(Spec("/" + a.dag_hash(7)).lookup_hash() == a, Spec("@2:").anonymous, a.anonymous)
h = Spec("/" + a.dag_hash()); h.replace_hash(); print(h == a, h.concrete)
print(a.eq_dag(Spec(a)), a.eq_node(c), Spec("x ^y").eq_node(Spec("x ^z")))
print(a.format_path("{name}/{version}/a b"), a.patches, len(a.package_hash()))
print(Spec.from_yaml(c.to_yaml()) == c, c.compilers.startswith("%c=gcc"))
"""
    assert printed(code).splitlines() == [
        "True True asker True",
        "asker",
        "answer asker",
        "[('asker', 'answer')] []",
        "['asker'] ['answer', 'asker']",
        "False ['picky']",
        "[+] True  - ",
        "external absent",
        "True None",
        "True True False",
        "True True",
        "True False True",
        "answer/2.0/a_b [] 56",
        "True True",
    ]


def test_a_scope_counts_while_it_is_pushed(built: Instance, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("config: {build_jobs: 5}\n")
    code = """
import sys
import spack.config as c
from spack.util.path import canonicalize_path
before = c.get("config:build_jobs")
with c.override(c.InternalConfigScope("one", {"config": {"build_jobs": 13}})):
    print(c.get("config:build_jobs"))
c.CONFIG.push_scope(c.DirectoryConfigScope("two", sys.argv[1]))
print(c.get("config:build_jobs"))
c.CONFIG.push_scope(c.InternalConfigScope("three", {"config": {"build_jobs": 14}}))
print(c.get("config:build_jobs"))
c.CONFIG.pop_scope()
print(c.get("config:build_jobs"))
c.CONFIG.remove_scope("two")
print(c.get("config:build_jobs") == before)
try:
    c.CONFIG.remove_scope("two")
except c.ConfigError as error:
    print(error)
print(c.default_modify_scope("packages") == c.CONFIG.highest_precedence_scope().name)
print(canonicalize_path("$spack/x").startswith("/"), canonicalize_path("x", "/y"))
"""
    shown = built.ok("python", "-c", code, str(tmp_path)).splitlines()
    assert shown[:4] == ["13", "5", "14", "5"]
    assert shown[4:] == ["True", "the script has pushed no scope 'two'", "True", "True /y/x"]


def test_more_of_specs_and_of_the_database(printed: Printed) -> None:
    code = """
import spack.store
db = spack.store.STORE.db
with db.write_transaction():
    asker = db.query_one("asker")
print(asker.colorized(), asker.cshort_spec == asker.short_spec)
print(asker.node_dict_with_hashes()["hash"] == asker.dag_hash())
print(db.get_by_hash_local(asker.dag_hash(6)) == [asker], db.get_by_hash_local("0o"))
print(db.missing(asker), asker in db.unused_specs(), asker["gmake"] in db.unused_specs())
print(asker.package.stage.path.endswith(asker.dag_hash()), asker.package.stage.source_path)
"""
    shown = printed(code).splitlines()
    assert shown[0].startswith("asker@1.0") and shown[0].endswith("True")
    assert shown[1:3] == ["True", "True None"]
    assert shown[3].startswith("False False")
    assert shown[4].startswith("True /")


def test_views_and_folders_of_an_environment(instance: Instance) -> None:
    code = """
import os
import spack.environment as ev
with ev.create("project") as env:
    env.add("answer")
    print([found.name for _, found in env.concretize()])
    print([found.name for _, found in env.concretize(force=True)])
    env.install_all()
    print([spec.name for spec in ev.installed_specs() if spec.name == "answer"])
    print(os.path.exists(os.path.join(env.default_view.root, "lib")), list(env.views))
    print(env.has_view("default"), env.has_view("other"))
    print(all(map(os.path.isdir, (env.log_path, env.repos_path, env.env_subdir_path))))
    print(env.scope_name, ev.environment_dir_from_name("project") == env.path, ev.spack_env_var)
env.destroy()
print(os.path.exists(env.path), ev.exists("project"))
"""
    shown = own_lines(instance.ok("python", "-c", code))
    assert shown == [
        "['answer']",
        "['answer']",
        "['answer']",
        "True ['default']",
        "True False",
        "True",
        "env:project True SPACK_ENV",
        "False False",
    ]


def test_hashes_repositories_and_names_of_packages(printed: Printed) -> None:
    code = """
import spack.repo, spack.store
from spack.repo import PATH
db = spack.store.STORE.db
asker = db.query_one("asker")
print(asker.dag_hash() in db.all_hashes(), list(db.installed_extensions_for("answer")))
first = PATH.first_repo()
print(PATH.get_repo(first.namespace) is first, PATH.repo_for_pkg(asker).namespace)
print(PATH.repo_for_pkg("asker").root == PATH.repo_for_pkg("nosuch").root == first.root)
print(PATH.provider_index.providers_for("c") == PATH.providers_for("c") != [])
print(PATH.get_pkg_class("answer").variant_names(), asker.package.dependency_names())
try:
    PATH.get_repo("nosuch")
except spack.error.SpackError as error:
    print(error.message)
"""
    shown = printed(code).splitlines()
    assert shown[:4] == ["True []", f"True {shown[1].split()[1]}", "True", "True"]
    assert "'shared'" in shown[4] and "'answer'" in shown[4].partition("]")[2]
    assert shown[5] == "no repository has the namespace 'nosuch'"


def test_removed_roots_and_the_database_made_anew(instance: Instance) -> None:
    code = """
import spack.store
import spack.environment as ev
env = ev.create("project")
env.add("answer@1.0")
env.add("answer@2.0")
env.concretize()
print(list(env.removed_specs()))
env.remove("answer@2.0")
print([(str(wanted), str(found.version)) for wanted, found in env.removed_specs()])
found = env.concrete_roots()[0]
print(env.get_one_by_hash(found.dag_hash()) == found)
for error in (AssertionError, spack.error.SpackError):
    try:
        env.get_one_by_hash("0o")
    except error as caught:
        print(caught)
spack.store.STORE.reindex()
print(spack.store.STORE.db.all_hashes())
"""
    assert own_lines(instance.ok("python", "-c", code)) == [
        "[]",
        "[('answer@2.0', '2.0')]",
        "True",
        *["0 specs of project have the hash 0o"] * 2,
        "[]",
    ]


def test_modules_that_are_not_here_say_what_to_use(built: Instance) -> None:
    modules = "spack.caches spack.schema spack.schema.config spack.tengine spack.reporters "
    modules += "spack.compilers.config spack.modules.common spack.mirrors.mirror "
    modules += "llnl.path spack.llnl.path llnl.util.tty.log spack.llnl.util.tty.log"
    code = """
import importlib, spack.error
for module in %r.split():
    try:
        importlib.import_module(module).something()
    except spack.error.SpackError as error:
        print(module + ".something" in error.message, error.hint.startswith("use "))
"""
    shown = built.ok("python", "-c", code % modules)
    assert shown.splitlines() == ["True True"] * 12


def test_walks_over_graphs(printed: Printed) -> None:
    code = """
import spack.store
from spack.spec import Spec
asker, answer = (spack.store.STORE.db.query(text)[0] for text in ("asker", "answer@2"))
below = dict((node.name, depth) for depth, node in asker.traverse(depth=True))
print(below["asker"], below["answer"], below["gmake"])
print([node.name for node in asker["answer"].traverse(direction="parents")])
print([node.name for node in asker["answer"].traverse(direction="parents", root=False)])
once = [node.name for node in asker.traverse(order="breadth", cover="nodes", depth=False)]
edges = [node.name for node in asker.traverse(order="breadth", cover="edges", root=False)]
print(len(once) == len(set(once)), len(edges) == len(list(asker.traverse_edges())))
print("asker" in {edge.parent.name for edge in asker.traverse_edges()})
try:
    list(asker.traverse(order="post", direction="parents"))
except Exception as error:
    print(error)
print(Spec("asker").package_class is asker.package_class, Spec("asker").package_class.name)
"""
    shown = printed(code).splitlines()
    assert shown[0] in ("0 1 1", "0 1 2")
    assert shown[1:5] == ["['answer', 'asker']", "['asker']", "True True", "True"]
    assert shown[5] == "traverse cannot have the order 'post' with a direction or depth"
    assert shown[6] == "True asker"


def test_errors_that_scripts_catch(printed: Printed) -> None:
    code = """
import spack.error, spack.repo, spack.environment as ev
from spack.spec import Spec
from spack.error import SpecSyntaxError, UnsatisfiableSpecError
import spack.solver.asp as asp
for text, kinds in (("a@@", SpecSyntaxError), ("a@1", UnsatisfiableSpecError)):
    for kind in (kinds, spack.error.SpackError):
        try:
            Spec(text).constrain("@2")
        except kind as error:
            print(type(error).__name__)
for text in ("answer@99", "answer mode=slow @1.0", "nosuch"):
    try:
        Spec(text).concretized()
    except asp.UnsatisfiableSpecError as error:
        print(error.message.splitlines()[0] != "")
try:
    spack.repo.PATH.get_pkg_class("nosuch")
except spack.repo.UnknownPackageError as error:
    print("nosuch" in str(error))
"""
    shown = printed(code).splitlines()
    assert shown[:2] == ["SpecSyntaxError"] * 2 and shown[2] == shown[3]
    assert shown[4:] == ["True"] * 4


def test_questions_to_the_store(printed: Printed) -> None:
    code = """
import spack.store
from spack.database import InstallRecordStatus, InstallStatuses
from spack.spec import Spec
db = spack.store.STORE.db
names = lambda found: [f"{spec.name}@{spec.version}" for spec in found if not spec.external]
print(names(db.query("answer")), names(db.query_local(Spec("answer@1"))), names(db.query("oracle")))
print(names(db.query(explicit=True)), names(db.query(installed=False)))
print(names(db.query(installed=[InstallStatuses.INSTALLED])) == names(db.query(installed=any)))
one = db.query_one("asker")
upstream, record = db.query_by_spec_hash(one.dag_hash())
print(upstream, record.explicit, record.path == one.prefix, record.spec == one)
print(db.query_by_spec_hash("0" * 32), db.query_local_by_spec_hash(one.dag_hash()).installed)
print(names(db.get_by_hash(one.dag_hash(5))), names(db.query(hashes=[one.dag_hash()])))
print(names(db.query("asker", predicate_fn=lambda record: not record.explicit)))
print("answer" in {other.name for other in db.installed_relatives(one)})
print(spack.store.STORE.layout.root == spack.store.STORE.root == db.root)
try:
    db.query_one("answer")
except ValueError as error:
    print(error)
"""
    assert printed(code).splitlines() == [
        "['answer@1.0', 'answer@2.0'] ['answer@1.0'] ['answer@1.0', 'answer@2.0']",
        "['answer@1.0', 'asker@1.0'] []",
        "True",
        "False True True True",
        "(False, None) True",
        "['asker@1.0'] ['asker@1.0']",
        "[]",
        "True",
        "True",
        "2 installed specs satisfy answer",
    ]


def test_environments(printed: Printed, built: Instance) -> None:
    code = """
import spack.environment as ev
env = ev.active_environment() or ev.read("asking")
print(env.name, env.active, [str(spec) for spec in env.user_specs], ev.all_environment_names())
print([spec.name for spec in env.concrete_roots()], ev.exists("asking"), ev.exists("no"))
print({"answer", "asker"} <= {spec.name for spec in env.all_specs_generator()})
print(sorted(env.all_hashes()) == sorted(env.specs_by_hash), env.matching_spec("answer").version)
print([(str(w), c.installed) for w, c in env.concretized_specs()], env.uninstalled_specs())
with env:
    print(ev.active_environment() == env, ev.active("asking"))
print(ev.active_environment() is not None)
ev.activate(env)
ev.deactivate()
print(ev.active_environment())
try:
    ev.read("none")
except ev.SpackEnvironmentError as error:
    print(error.message)
"""
    usual = [
        "['asker'] True False",
        "True",
        "True 2.0",
        "[('asker', True)] []",
        "True True",
    ]
    outside = printed(code).splitlines()
    assert outside[0] == "asking False ['asker'] ['asking']"
    assert outside[1:] == [*usual, "False", "None", "there is no environment 'none'"]
    inside = printed(code, before=("-e", "asking")).splitlines()
    assert inside[0] == "asking True ['asker'] ['asking']"
    assert inside[1:] == [*usual, "True", "None", "there is no environment 'none'"]
    variables = {"SPACK_ENV": str(built.state / "var" / "spack" / "environments" / "asking")}
    assert built.ok("python", "-c", code, variables=variables).splitlines() == inside


def test_an_environment_is_made_filled_and_installed(instance: Instance) -> None:
    code = """
import os
import spack.environment as ev
env = ev.create("made")
with env, env.write_transaction():
    print(env.add("answer@1.0"), env.add("answer@1.0"))
    print([(str(wanted), str(found.version)) for wanted, found in env.concretize()])
    env.write()
    env.add("asker")
    print([(spec.name, spec.concrete) for spec in env.added_specs()])
    env.remove("asker")
    env.install_all()
    print(list(env.added_specs()))
    print(env.all_matching_specs("answer")[0].installed, os.path.exists(env.lock_path))
env.remove("answer")
print(env.roots(), ev.create_in_dir("here").path == os.path.abspath("here"))
"""
    shown = own_lines(instance.ok("python", "-c", code))
    assert shown == [
        "True False",
        "[('answer@1.0', '1.0')]",
        "[('answer', True), ('asker', False)]",
        "[]",
        "True True",
        "[] True",
    ]
    assert instance.installed().count("answer") == 1


def test_configuration(instance: Instance) -> None:
    code = """
import spack.config
print(spack.config.get("config:build_jobs"), spack.config.get("config:nothing", 5))
with spack.config.override("config:build_jobs", 7):
    print(spack.config.get("config:build_jobs"))
print(spack.config.CONFIG.get("config:build_jobs"), "command_line" in spack.config.CONFIG.scopes)
spack.config.set("config:build_jobs", 9, scope="command_line")
print(spack.config.get("config:build_jobs"), spack.config.get("config:x", 1, scope="site"))
spack.config.set("packages:answer", {"require": ["@1.0"]})
spack.config.add("config:ccache:true")
print(spack.config.get("packages:answer:require"), spack.config.get("config:ccache"))
print([str(spec.version) for spec in spack.cmd.parse_specs(["answer"], concretize=True)])
"""
    shown = instance.ok("python", "-c", code).splitlines()
    assert shown == ["2 5", "7", "2 True", "9 1", "['@1.0'] True", "['1.0']"]
    assert "'@1.0'" in instance.ok("config", "get", "packages:answer:require")


def test_commands(built: Instance, printed: Printed) -> None:
    code = """
import io, json, sys
from spack.main import SpackCommand, SpackCommandError
find = SpackCommand("find")
print([record["name"] for record in json.loads(find("--json", "asker"))], find.returncode)
copy = io.StringIO()
print(find("--format", "{name}", "asker", output=copy) == copy.getvalue() == "asker\\n")
try:
    find("nothing-like-it")
except SpackCommandError as error:
    print(error.message, find.returncode, "nothing installed matches" in str(error))
print(repr(find("nothing-like-it", fail_on_error=False)), "nothing" in find.error)
import spack.environment as ev
with ev.read("asking"):
    print(SpackCommand("env")("status").splitlines()[0])
with spack.config.override("config:build_jobs", 3):
    print(SpackCommand("config")("get", "config:build_jobs").strip())
print([s.name for s in spack.cmd.parse_specs("asker answer")], spack.cmd.disambiguate_spec("asker"))
"""
    lines = printed(code).splitlines()
    assert lines[:4] == [
        "['asker'] 0",
        "True",
        "spack find ended with exit code 1 1 True",
        "'' True",
    ]
    assert "asking" in lines[4]
    assert lines[5] == "3"
    assert lines[6].startswith("['asker', 'answer'] asker@1.0/")


def test_installing_and_uninstalling(instance: Instance) -> None:
    code = """
from spack.spec import Spec
from spack.installer import PackageInstaller
from spack.cmd import uninstall
spec = Spec("asker").concretized()
PackageInstaller([spec.package], fake=True).install()
print(spec.installed, [s.name for s in spack.store.STORE.db.query_local() if not s.external])
uninstall.do_uninstall([s for s in spack.store.STORE.db.query_local("asker")], True)
print(spec.installed)
"""
    lines = own_lines(instance.ok("python", "-c", code))
    assert "True" in lines[0] and "'asker'" in lines[0]
    assert lines[1] == "False"


def test_what_packages_do(instance: Instance) -> None:
    code = """
import os
spec = spack.spec.Spec("answer@1.0").concretized()
package = spec.package
package.do_stage()
print(sorted(os.listdir(package.stage.source_path)), package is spec.package)
package.do_patch()
package.do_clean()
print(os.path.exists(package.stage.path))
package.do_install(fake=True)
print(spec.installed, os.path.exists(spec.format("{prefix}")))
package.do_uninstall()
print(spec.installed)
import spack.environment as ev
env = ev.create("developing")
env.add("answer@=1.0")
spack.main.SpackCommand("develop")
with env:
    spack.main.SpackCommand("develop")("--no-clone", "-p", os.getcwd(), "answer@=1.0")
    print(ev.read("developing").dev_specs["answer"]["path"] == os.getcwd())
"""
    assert own_lines(instance.ok("python", "-c", code)) == [
        "['answer.c', 'answer.h'] True",
        "False",
        "True True",
        "False",
        "True",
    ]


def test_helpers_of_the_old_library(printed: Printed) -> None:
    code = """
import io
import llnl.util.tty as tty
import spack.llnl.util.filesystem as fs
import spack.paths, spack.repo, spack.deptypes, spack.traverse
import spack.util.spack_yaml as syaml
from llnl.util.filesystem import working_dir, mkdirp
from llnl.util.tty.color import colorize
from llnl.util.tty.colify import colify
from spack.util.executable import Executable, which
from spack.version import Version, ver
tty.msg("hello")
print(Executable("echo")("a", output=str).strip(), which("sh") is not None, which("nosuch"))
print(Version("1.2") < ver("1.10"), colorize("@*b{word}@@@."))
colify(["b", "a"])
print(spack.repo.PATH.exists("asker"), spack.repo.PATH.get_pkg_class("asker").__name__)
print(spack.repo.PATH.filename_for_package_name("asker").endswith("packages/asker/package.py"))
print("oracle" in spack.repo.PATH.all_package_names(include_virtuals=True))
print([s.name for s in spack.repo.path.providers_for("oracle")])
print(syaml.dump(syaml.load("a: {b: 1}\\n")), end="")
import spack.cmd, spack.util.path
print(type(syaml.syaml_dict()).__name__, spack.util.path.canonicalize_path("a", "/b/../c"))
print(spack.util.path.canonicalize_path("$spack/x") == spack.paths.prefix + "/x")
try:
    spack.cmd.require_active_env("mine")
except spack.error.SpackError as error:
    print(error.message)
print(spack.paths.lib_path.startswith(spack.paths.prefix), spack.deptypes.BUILD > 0)
asker = spack.store.STORE.db.query_one("asker")
print([n.name for n in spack.traverse.traverse_nodes([asker], deptype="link")][:2])
with working_dir("here", create=True):
    print(fs.mkdirp is mkdirp)
try:
    tty.die("the end")
except SystemExit as end:
    print(end.code)
"""
    assert printed(code).splitlines() == [
        "==> hello",
        "a True None",
        "True word@",
        "b",
        "a",
        "True Asker",
        "True",
        "True",
        "['answer']",
        "a:",
        "  b: 1",
        "dict /c/a",
        "True",
        "spack mine needs an active environment",
        "True True",
        "['asker', 'answer']",
        "True",
        "1",
    ]


def test_a_command_of_an_extension_imports_the_same(built: Instance, tmp_path: Path) -> None:
    commands = tmp_path / "spack-mine" / "mine" / "cmd"
    commands.mkdir(parents=True)
    (commands / "roots.py").write_text(
        "import spack.cmd\nimport spack.environment as ev\n"
        "from spack.cmd.common import arguments\nimport llnl.util.tty as tty\n"
        "def setup_parser(subparser):\n"
        "    arguments.add_common_arguments(subparser, ['specs', 'yes_to_all'])\n"
        "def roots(parser, args):\n"
        "    tty.msg(ev.active_environment().name, *spack.cmd.parse_specs(args.specs))\n"
    )
    option = f"config:extensions:[{tmp_path}/spack-mine]"
    shown = built.ok("-e", "asking", "-c", option, "roots", "-y", "asker", "answer@2")
    assert shown == "==> asking\n    asker\n    answer@2\n"


def test_how_scripts_end_and_are_started(built: Instance, tmp_path: Path) -> None:
    code = "from spack.spec import Spec; Spec('answer@@')"
    wrong = built("python", "-c", code)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Error: ") and "Traceback" not in wrong.stderr
    assert "Traceback" in built("-d", "python", "-c", code).stderr
    own = built("python", "-c", "import sys\nmissing()")
    assert own.returncode == 1 and "NameError" in own.stderr and "start.py" not in own.stderr
    (tmp_path / "mine.py").write_text(
        "import sys, spack.store\nif __name__ == '__main__':\n"
        "    print(sys.argv[1:], len(spack.store.STORE.db.query('asker')))\n"
    )
    assert built.ok("python", "-m", "mine", "-x", cwd=tmp_path) == "['-x'] 1\n"
    assert built.ok("python", "-i", "mine.py", "a", cwd=tmp_path).startswith("['a'] 1\n")
    assert built.ok("python", "-i", "python", "mine.py", cwd=tmp_path) == "[] 1\n"
    assert "IPython is not installed" in built.fails("python", "-i", "ipython", "mine.py")
    assert built.ok("python", "mine.py", "-c", "b", cwd=tmp_path) == "['-c', 'b'] 1\n"
    assert built.ok("python", stdin="print(spack.spec.Spec('x@1').version)\n") == "1\n"
    assert built.ok("python", "-", "b", stdin="import sys; print(sys.argv[1:])\n") == "['b']\n"
    long = "#" + "x" * 200_000 + "\nprint(__name__)\n"
    assert built.ok("python", stdin=long) == built.ok("python", "-", stdin=long) == "__main__\n"
    ended = built("python", "-i", "-c", "import sys; print(1); sys.exit('the end')")
    assert (ended.returncode, ended.stdout) == (0, "1\n")
    assert "the end\n" in ended.stderr and "Traceback" not in ended.stderr
    assert "cannot read the script nosuch.py" in built.fails("python", "nosuch.py")
    assert "cannot read the script" in built.fails("python", str(tmp_path))
    assert "no environment 'nosuch'" in built.fails("-e", "nosuch", "python", "-c", "1")


def test_the_table_has_one_place_for_each_name(printed: Printed) -> None:
    code = "import json, spack.cmd.find, spack.main, spack.graph\n"
    code += "print(json.dumps([hasattr(spack.store, 'nosuch'), type(spack.cmd.nosuch).__name__,"
    code += " spack.spack_version == spack.__version__]))"
    assert json.loads(printed(code)) == [False, "Unavailable", True]

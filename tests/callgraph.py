"""Who calls whom in our own code, read from the source: every name is followed to where it is defined."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from engine.store import queries

ROOT = Path(__file__).parent.parent
WRITE = re.compile(r"(?<!FOR )(?<!KEY )\b(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s")
UNSAID = re.compile(r"--[^\n]*|'(?:[^']|'')*'")


def changes_rows(statement: str) -> bool:
    return bool(WRITE.search(UNSAID.sub("", statement)))


@cache
def changing(noun: str) -> frozenset[str]:
    """The statements of one file that change rows."""
    return frozenset(name for name, text in queries.load(noun).statements.items() if changes_rows(text))


@dataclass(slots=True)
class Function:
    """A function or method, by its dotted name. `mentions` holds whatever of ours it calls or passes on."""

    name: str
    parameters: frozenset[str]
    mentions: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


class Graph:
    """The functions of these folders. What a class or a module-level name leads to counts as mentioned."""

    def __init__(self, *folders: str) -> None:
        self.functions: dict[str, Function] = {}
        self._modules: dict[str, _Module] = {}
        for path in sorted(path for folder in folders for path in _files(folder)):
            module = _Module(path)
            self._modules[module.name] = module
        self._methods: dict[str, set[str]] = {}
        for name in (name for module in self._modules.values() for name in module.names):
            owner = name.rpartition(".")[0]
            if owner not in self._modules:
                self._methods.setdefault(owner, set()).add(name)
        for module in self._modules.values():
            for name, node in module.definitions():
                self.functions[name] = self._read(module, name, node)

    def reached(self, name: str) -> set[str]:
        """Everything that may run when this does, itself included."""
        waiting, found = [name], set()
        while waiting:
            if (at := waiting.pop()) not in found:
                found.add(at)
                waiting += self.functions[at].mentions if at in self.functions else ()
        return found

    def written(self, name: str) -> set[str]:
        """The statements that change rows and may run when this does."""
        return {
            statement
            for at in self.reached(name)
            if (function := self.functions.get(at))
            for statement in function.writes
        }

    def _read(self, module: _Module, name: str, node: ast.AST) -> Function:
        given = node.args if isinstance(node, ast.FunctionDef) else None
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs] if given else []
        found = Function(name, frozenset(argument.arg for argument in arguments))
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute):
                self._attribute(module, found, inner)
            elif isinstance(inner, ast.Name) and (target := module.aliases.get(inner.id)):
                found.mentions |= self._defined(target)
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and changes_rows(inner.value):
                found.writes.add("SQL of its own")
            elif isinstance(inner, ast.Call) and ast.unparse(inner.func) == "getattr" and inner.args:
                # A statement whose name is put together: any that the file has.
                noun = self._noun(module, inner.args[0])
                found.writes |= {f"{noun}.{each}" for each in changing(noun)} if noun else set()
        return found

    def _attribute(self, module: _Module, found: Function, node: ast.Attribute) -> None:
        noun = self._noun(module, node.value)
        if noun is not None:
            found.writes |= {f"{noun}.{node.attr}"} if node.attr in changing(noun) else set()
        elif isinstance(node.value, ast.Name) and node.value.id == "self":
            own = found.name.rpartition(".")[0]
            found.mentions |= self._defined(f"{own}.{node.attr}")
        elif (target := module.aliases.get(ast.unparse(node.value))) is not None:
            found.mentions |= self._defined(f"{target}.{node.attr}")

    def _noun(self, module: _Module, node: ast.expr) -> str | None:
        """Which file of statements this expression stands for."""
        if (noun := _loaded(node)) or (noun := module.nouns.get(ast.unparse(node))):
            return noun
        target = module.aliases.get(ast.unparse(node), "")
        if isinstance(node, ast.Attribute):
            target = f"{module.aliases.get(ast.unparse(node.value), '')}.{node.attr}"
        home, _, name = target.rpartition(".")
        return self._modules[home].nouns.get(name) if home in self._modules else None

    def _defined(self, target: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """The function, or all methods of the class, or what a package passes on under this name."""
        home, _, name = target.rpartition(".")
        module = self._modules.get(home)
        if module is not None and (passed_on := module.aliases.get(name)) not in (None, target) and target not in seen:
            return self._defined(str(passed_on), seen | {target})
        return {target, *self._methods.get(target, ())}


class _Module:
    def __init__(self, path: Path) -> None:
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self.names = {name for name, _ in self.definitions()}
        self.aliases = {name.removeprefix(f"{self.name}."): name for name in self.names}
        self.nouns: dict[str, str] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.aliases |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Assign) and (noun := _loaded(node.value)):
                self.nouns |= {ast.unparse(target): noun for target in node.targets}
            elif isinstance(node, ast.ClassDef):
                self.aliases[node.name] = f"{self.name}.{node.name}"

    def definitions(self) -> Iterator[tuple[str, ast.AST]]:
        """Functions and methods; a module's own lines count as a function `<module>`."""
        rest: list[ast.stmt] = []
        for node in self._tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{self.name}.{node.name}", node
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield f"{self.name}.{node.name}.{inner.name}", inner
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                rest.append(node)
        yield f"{self.name}.<module>", ast.Module(rest, [])


def _files(folder: str) -> Iterable[Path]:
    path = ROOT / folder
    return [path] if path.is_file() else (file for file in path.rglob("*.py") if "migrations" not in file.parts)


def _loaded(node: ast.expr) -> str | None:
    """The noun of `queries.load("noun")`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="load"), args=[ast.Constant(value=str(noun))]):
            return noun
    return None

"""Imports stub packages (``bpy-stubs/**/*.pyi``) as if they were packages.

fake-bpy-module holds stubs only. Of a stub this keeps what can be asked of the API at run time: the
names of submodules, classes with their bases, methods and functions. Bodies, defaults, annotations
and imports of other packages are dropped, which also undoes their circular imports.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

SINCE_3_12 = re.compile(r"^(\s*(?:def|class) \w+)\[[^]]*\]", re.M)
"""Type parameters, which the Python of Blender 4.2 cannot parse."""
TYPE_ALIAS = re.compile(r"^type (\w+) =", re.M)
KEPT_DECORATORS = ("classmethod", "staticmethod", "property")


class StubFinder(MetaPathFinder):
    """Finds ``bpy.types`` in ``bpy-stubs/types/__init__.pyi``."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        first, *rest = name.split(".")
        for entry in sys.path:
            folder = Path(entry, f"{first}-stubs", *rest)
            if (folder / "__init__.pyi").is_file():
                file = folder / "__init__.pyi"
                loader = _StubLoader(name, str(file))
                return spec_from_file_location(
                    name, file, loader=loader, submodule_search_locations=[str(folder)]
                )
        return None


class _StubLoader(SourceFileLoader):
    def source_to_code(self, data: bytes, path: str, *, _optimize: int = -1) -> CodeType:
        text = TYPE_ALIAS.sub(r"\1 =", SINCE_3_12.sub(r"\1", data.decode()))
        module = ast.parse(text)
        known: set[str] = set()
        module.body = [kept for node in module.body for kept in _kept(node, known)]
        return compile(ast.fix_missing_locations(module), path, "exec", dont_inherit=True)


def _kept(node: ast.stmt, known: set[str]) -> Iterable[ast.stmt]:
    """What stays of a statement; ``known`` are the classes so far, the only bases that stay."""
    match node:
        case ast.ImportFrom(level=1, module=None):
            yield node
        case ast.FunctionDef():
            yield _bare(node)
        case ast.ClassDef():
            node.bases = [b for b in node.bases if isinstance(b, ast.Name) and b.id in known]
            node.decorator_list, node.keywords = [], []
            methods = [_bare(item) for item in node.body if isinstance(item, ast.FunctionDef)]
            node.body = [*methods, ast.Pass()]
            known.add(node.name)
            yield node


def _bare(function: ast.FunctionDef) -> ast.FunctionDef:
    decorators = [d for d in function.decorator_list if isinstance(d, ast.Name)]
    function.decorator_list = [d for d in decorators if d.id in KEPT_DECORATORS]
    function.returns = None
    arguments = function.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [d and ast.Constant(None) for d in arguments.kw_defaults]
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in (*named, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None
    function.body = [ast.Pass()]
    return function

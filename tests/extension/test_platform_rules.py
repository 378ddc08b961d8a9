"""What reviewers of Blender's extension platform refuse is not in the add-on's source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[2] / "addon"
FILES = sorted(ADDON.rglob("*.py"))
REFUSED_MODULES = {"threading", "concurrent", "multiprocessing", "pip", "ensurepip", "urllib"}
REFUSED_CALLS = {"eval", "exec", "__import__", "compile"}


def named(path):
    return str(path.relative_to(ADDON))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_source_keeps_to_the_rules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                modules = {alias.name.split(".")[0] for alias in node.names}
                assert not modules & REFUSED_MODULES, f"line {node.lineno}"
            case ast.ImportFrom(level=0, module=str(module)):
                assert module.split(".")[0] not in REFUSED_MODULES, f"line {node.lineno}"
            case ast.Call(func=ast.Name(id=name)):
                assert name not in REFUSED_CALLS, f"line {node.lineno}: {name}"
            case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
                pytest.fail(f"line {node.lineno}: sys.path")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_annotations_stay_what_blender_reads(path):
    """Postponed annotations turn properties into text that Blender may not read."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    from_props = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "bpy.props"]
    futures = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    assert not (from_props and futures)


def test_the_package_is_imported_by_its_own_name_alone():
    """Relative imports within the add-on: as an extension it has another name than with pip."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module.split(".")[0] != "underpaint_addon", path

"""Dataclasses to JSON and back; what does not fit is refused by its path."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest

from underpaint.errors import FormatError
from underpaint.model import codec
from underpaint.model.codec import (
    digest,
    document_text,
    dump_document,
    from_plain,
    load_document,
    parse_document,
    to_plain,
)


@dataclass(frozen=True)
class Leaf:
    number: int
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if self.number == 13:
            raise FormatError("thirteen is unlucky")


@dataclass(frozen=True)
class Tree:
    FORMAT: ClassVar[str] = "test/tree"
    VERSION: ClassVar[int] = 3

    name: str
    leaves: tuple[Leaf, ...] = ()
    pair: tuple[int, str] = (0, "")
    kind: Literal["oak", "fir"] = "oak"
    heights: dict[str, float] = field(default_factory=dict)
    note: str | None = None
    best: Leaf | None = None
    evergreen: bool = False


FULL = Tree(
    "árbol", (Leaf(1, 0.5), Leaf(2)), (7, "x"), "fir", {"now": 2.0}, "a\nb", Leaf(3), evergreen=True
)


def test_everything_comes_back() -> None:
    assert from_plain(Tree, json.loads(json.dumps(to_plain(FULL)))) == FULL
    assert parse_document(Tree, document_text(FULL)) == FULL
    assert from_plain(Tree, {"name": "bare"}) == Tree("bare")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": 1}, "$.name"),
        ({"name": None}, "$.name"),
        ({"leaves": {}}, "$.leaves"),
        ({"leaves": [{"number": 1}, {"number": "2"}]}, "$.leaves[1].number"),
        ({"leaves": [{"number": 1.0}]}, "$.leaves[0].number"),
        ({"leaves": [{"number": True}]}, "$.leaves[0].number"),
        ({"leaves": [{}]}, "$.leaves[0].number"),
        ({"leaves": [{"number": 1, "colour": "red"}]}, "$.leaves[0].colour"),
        ({"leaves": [{"number": 13}]}, "$.leaves[0]"),
        ({"leaves": ["leaf"]}, "$.leaves[0]"),
        ({"pair": [1]}, "$.pair"),
        ({"pair": [1, 2]}, "$.pair[1]"),
        ({"kind": "pine"}, "$.kind"),
        ({"heights": {"now": "tall"}}, "$.heights.now"),
        ({"heights": []}, "$.heights"),
        ({"note": 3}, "$.note"),
        ({"best": {"number": None}}, "$.best.number"),
        ({"evergreen": 1}, "$.evergreen"),
        ({"sap": 1}, "$.sap"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(FormatError) as caught:
        from_plain(Tree, {**to_plain(FULL), **change})
    assert str(caught.value).startswith(f"{path}:")


def test_a_long_value_is_not_quoted_whole() -> None:
    with pytest.raises(FormatError) as caught:
        from_plain(Tree, {"name": ["x"] * 10_000})
    assert len(str(caught.value)) < 200


def test_a_whole_number_is_a_float_too_and_stays_one() -> None:
    leaf = from_plain(Leaf, {"number": 1, "ratio": 2})
    assert leaf == Leaf(1, 2.0) and type(leaf.ratio) is float


def test_a_document_says_what_it_is() -> None:
    plain = dump_document(FULL)
    assert list(plain)[:2] == ["format", "version"]
    assert (plain["format"], plain["version"]) == ("test/tree", 3)
    assert document_text(FULL).endswith("}\n") and "árbol" in document_text(FULL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "test/bush"}, "no test/tree file"),
        ({"format": None}, "no test/tree file"),
        ({"version": 4}, "update Underpaint"),
        ({"version": 0}, "$.version"),
        ({"version": "3"}, "$.version"),
        ({"version": True}, "$.version"),
        ({"version": None}, "$.version"),
    ],
)
def test_another_format_or_version_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError) as caught:
        load_document(Tree, {**dump_document(FULL), **change})
    assert words in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_what_is_no_object_is_no_document(data: Any) -> None:
    with pytest.raises(FormatError):
        load_document(Tree, data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format": "test/tree"', "JSON"),
        ("[" * 200_000, "nested too deeply"),
        ('{"version": ' + "9" * 5000 + "}", "JSON"),
    ],
)
def test_text_that_is_no_json(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        parse_document(Tree, text)


@pytest.mark.parametrize(
    ("field", "path"),
    [
        (f'"leaves": [{{"number": 1, "ratio": {"9" * 400}}}]', r"\$\.leaves\[0\]\.ratio"),
        ('"leaves": [{"number": 1, "ratio": NaN}]', r"\$\.leaves\[0\]\.ratio"),
        ('"heights": {"now": 1e999}', r"\$\.heights\.now"),
        ('"heights": {"now": -Infinity}', r"\$\.heights\.now"),
        ('"heights": {"\\udc80": 1}', r"\$\.heights"),
        ('"\\udc80": 1', r"^\$: expected letters"),
        ('"note": "half a letter: \\ud83c"', r"\$\.note"),
    ],
)
def test_what_no_document_can_hold_is_refused_when_read(field: str, path: str) -> None:
    text = f'{{"format": "test/tree", "version": 3, "name": "elm", {field}}}'
    with pytest.raises(FormatError, match=path):
        parse_document(Tree, text)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (Tree("plano \udc80 1"), r"no letters in .*plano \\udc80 1"),
        (Tree("elm", heights={"now": float("nan")}), "JSON"),
    ],
)
def test_what_no_document_can_hold_is_refused_when_written(tree: Tree, words: str) -> None:
    for write in (document_text, digest):
        with pytest.raises(FormatError, match=words):
            write(tree)


def test_an_old_document_that_is_not_whole_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codec.UPGRADES, ("test/tree", 2), lambda plain: {"name": plain["title"]})
    for body in ({}, {"name": "elm"}):
        with pytest.raises(FormatError, match=r"test/tree file of version 2 is not whole.*title"):
            load_document(Tree, {"format": "test/tree", "version": 2, **body})


def test_older_versions_are_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def name_from_title(plain: dict[str, Any]) -> dict[str, Any]:
        return {"name": plain["title"]}

    def shout(plain: dict[str, Any]) -> dict[str, Any]:
        return {"name": plain["name"] + "!"}

    monkeypatch.setitem(codec.UPGRADES, ("test/tree", 1), name_from_title)
    monkeypatch.setitem(codec.UPGRADES, ("test/tree", 2), shout)
    assert load_document(Tree, {"format": "test/tree", "version": 1, "title": "elm"}).name == "elm!"
    assert load_document(Tree, {"format": "test/tree", "version": 2, "name": "elm"}).name == "elm!"
    assert load_document(Tree, {"format": "test/tree", "version": 3, "name": "elm"}).name == "elm"


def test_digests_are_of_the_value_and_nothing_else() -> None:
    assert digest(FULL) == digest(parse_document(Tree, document_text(FULL)))
    assert digest({"a": 1, "b": 2.5}) == digest({"b": 2.5, "a": 1})
    assert digest(Tree("a")) != digest(Tree("b"))
    assert digest(Tree("a", heights={"x": 1.0})) != digest(Tree("a"))
    assert digest(["ñ", 1, 0.1, None]) == (
        "b03331a23727e5a57542d90c24b9524fd87a89f5cb72672d17d738e10d07b9c5"
    )

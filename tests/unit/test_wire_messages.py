"""Every message crosses the wire and back; what is no message is refused by the field's name."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from underpaint.errors import FormatError
from underpaint.model.look import Look
from underpaint.model.names import to_file_name
from underpaint.wire import encoding, messages
from underpaint.wire.messages import (
    MESSAGES,
    MOST_BYTES,
    Cancel,
    Done,
    FramesLaidOut,
    Note,
    PaintFrames,
    Progress,
    TakeDone,
    decode,
    encode,
    job_of,
)

_SAMPLES: dict[Any, Any] = {
    int: 7,
    float: 0.5,
    str: 'ñandú → 場面\n"x"',
    bool: True,
    int | None: None,
    str | None: "/p",
    Look: Look("dusk", "a street at dusk", control_scales={"depth": 0.5}),
    tuple[int, ...]: (1, 2),
    tuple[str, ...]: ("a", "b"),
    tuple[float, float, float]: (0.5, -1.0, 2.0),
    tuple[float, float] | None: (0.5, 9.0),
    messages.Dressing: messages.Dressing(slates=True),
    messages.Cadence: "twos",
    messages.Mode: "anchored",
    messages.SeedPer: "frame",
    messages.TakeKind: "textures",
    float | None: 0.25,
}


def _sample(hint: Any) -> Any:
    if hint in _SAMPLES:
        return _SAMPLES[hint]
    if dataclasses.is_dataclass(hint):
        return _filled(hint)
    first, *rest = get_args(hint)
    if get_origin(hint) is dict:
        return {"plano": _sample(rest[0])}
    return (_sample(first), *(_sample(other) for other in rest if other is not Ellipsis))


def _filled(cls: Any) -> Any:
    hints = get_type_hints(cls)
    return cls(**{f.name: _sample(hints[f.name]) for f in dataclasses.fields(cls)})


@pytest.mark.parametrize("cls", MESSAGES.values(), ids=MESSAGES.keys())
def test_every_message_comes_back_as_it_was(cls: type) -> None:
    message = _filled(cls)
    line = encode(message)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode(line) == message


def test_defaults_need_not_be_said() -> None:
    said = {"job": 1, "project": "/p", "shot": "s", "engine": "e", "by": "me"}
    look = {"name": "", "words": ""}
    message = decode(json.dumps({"type": "paint_frames", "look": look, **said}).encode())
    assert isinstance(message, PaintFrames)
    assert (message.takes, message.seed_per, message.frames) == (1, "shot", ())


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"type":"cancel","job":"one"}', "$.job"),
        (b'{"type":"cancel"}', "$.job"),
        (b'{"type":"cancel","job":true}', "$.job"),
        (b'{"type":"cancel","job":1,"joke":2}', "$.joke"),
        (b'{"type":"dance","job":1}', "$.type"),
        (b'{"job":1}', "$.type"),
        (b'{"type":["cancel"]}', "$.type"),
        (b"[1]", "$:"),
        (b'{"type":"cancel","job":1', "JSON"),
        (b'{"type":"progress","job":1,"done":NaN,"total":1,"text":""}', "NaN"),
        (b"\xff\xfe{}", "JSON"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_what_is_no_message_is_refused_by_name(line: bytes, field: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode(line)
    assert field in str(caught.value)


def test_a_field_deep_inside_is_named_with_its_path() -> None:
    message = PaintFrames(1, "/p", "s", Look("l", "w"), "e", "me", frames=(1, 2))
    plain = json.loads(encode(message))
    plain["look"]["steps"] = "many"
    with pytest.raises(FormatError, match=r"\$\.look\.steps"):
        decode(json.dumps(plain).encode())
    plain["look"]["steps"] = 4
    plain["frames"][1] = 2.5
    with pytest.raises(FormatError, match=r"\$\.frames\[1\]"):
        decode(json.dumps(plain).encode())


def test_a_refused_line_still_says_whose_job_it_was() -> None:
    assert job_of(b'{"type":"paint_frames","job":12,"seed":"x"}') == 12
    for line in (b'{"job":"12"}', b'{"job":true}', b"[12]", b"{", b"\xff"):
        assert job_of(line) == 0


def test_numbers_keep_their_kind() -> None:
    assert decode(encode(Progress(1, 2, 3, ""))) == Progress(1, 2.0, 3.0, "")
    assert decode(encode(Cancel(1 << 62))) == Cancel(1 << 62)


def test_what_the_other_end_would_refuse_is_not_sent() -> None:
    most = Note(1, "x" * (MOST_BYTES - len(encode(Note(1, ""))) + 1))
    assert len(encode(most)) == MOST_BYTES + 1, "the line's end is not counted"
    for message, why in (
        (Note(1, most.text + "x"), f"note of {MOST_BYTES + 1} bytes"),
        (Note(1, "of \udcff.blend"), "surrogates"),
        (Progress(1, float("nan"), 1.0, ""), "progress cannot be sent"),
        (Progress(1, float("inf"), 1.0, ""), "progress cannot be sent"),
    ):
        with pytest.raises(FormatError, match=why):
            encode(message)


def test_there_is_room_for_the_longest_take() -> None:
    """Half an hour of film in one shot that has the longest name that a file can have."""
    folder = f"takes/{to_file_name('長い' * 200)}/001"
    files = tuple(f"{folder}/frame_{frame:05d}.png" for frame in range(50_000))
    said = TakeDone(1, "frames", "長い" * 200, 1, folder, files=files)
    assert decode(encode(said)) == said
    with pytest.raises(FormatError, match="done of"):
        encode(Done(1, files * 2))


def test_the_encoders_words_are_one_wherever_it_is_started() -> None:
    laid = FramesLaidOut(1, "compare/.a", "compare/a.mp4", 9, 64, 36, 30, 1.001)
    words = encoding.options(laid, Path("in"), Path("out.mp4"), "a.wav")
    told = dict(zip(words[0::2], words[1::2], strict=False))
    assert (told["--frames"], told["--count"], told["--fps-base"]) == ("in", "9", "1.001")
    assert words[-2:] == ("--sound", "a.wav") and "64" in words and "36" in words
    program = encoding.encoder("/opt/blender", "/addon/bridge/encode.py")
    assert program[0] == "/opt/blender"
    assert program[-3:-1] == ("--python", "/addon/bridge/encode.py")
    assert encoding.encoder("", "encode.py")[0] == sys.executable

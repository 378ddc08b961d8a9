"""The video by a second Blender, judged by FFmpeg's own libraries (PyAV)."""

import resource
import subprocess
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from underpaint_addon.bridge import encode, mp4

from underpaint.wire import encoding
from underpaint.wire.messages import ReelPrepared

from .pictures import CHART, chart, write_png

GREY_STEP = 3


def write_frames(folder: Path, count: int, width: int, height: int) -> Path:
    """The colour chart, and under it a band whose grey tells the frame."""
    for frame in range(1, count + 1):
        pixels = chart(width, height)
        pixels[height // 2 :] = 16 + GREY_STEP * frame
        write_png(folder / f"frame_{frame:04d}.png", pixels)
    return folder


def command(frames, out, fps, base, count, width, height, sound=None) -> list[str]:
    """The command that both the add-on and the command line give."""
    laid = ReelPrepared(1, "", count, width, height, fps, base)
    options = encoding.options(laid, Path(frames), Path(out), sound)
    return [*encoding.encoder("", encode.__file__), *options]


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@dataclass(frozen=True)
class Video:
    """What FFmpeg finds in a file; ``pictures`` as RGB."""

    codec: str
    pixels: str
    rate: Fraction
    seconds: Fraction
    declared: int
    colour: tuple[int, int, int]
    pictures: list[np.ndarray]


def decode(path: Path) -> Video:
    """Read a video."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return Video(
            context.name,
            context.pix_fmt,
            stream.average_rate,
            stream.duration * stream.time_base,
            stream.frames,
            (context.color_primaries, context.color_trc, context.colorspace),
            pictures,
        )


@pytest.fixture(scope="module")
def reel(tmp_path_factory) -> tuple[Path, str]:
    """72 frames at 24 a second in a folder with an awkward name; the video and the output."""
    folder = tmp_path_factory.mktemp("reel") / "fi{l}m #3 ñ"
    frames = write_frames(folder / "frames", 72, 96, 54)
    made = run(command(frames, folder / "reel.mp4", 24, 1.0, 72, 96, 54))
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "reel.mp4", made.stdout


def test_stream_is_what_was_asked_for(reel):
    video = decode(reel[0])
    assert (video.codec, video.pixels, video.rate, video.seconds) == ("h264", "yuv420p", 24, 3)
    assert len(video.pictures) == video.declared == mp4.frame_count(reel[0]) == 72
    assert video.pictures[0].shape == (54, 96, 3)


def test_every_frame_is_there_once_and_in_order(reel):
    greys = np.array([picture[40:50, 10:-10].mean() for picture in decode(reel[0]).pictures])
    assert np.abs(greys - 16 - GREY_STEP * np.arange(1, 73)).max() < 1.5


def test_colours_come_out_as_they_went_in(reel):
    assert off_chart(decode(reel[0]).pictures[36]) <= 3


def off_chart(picture: np.ndarray) -> int:
    """The largest difference from the chart at the stripes' middles, in levels."""
    return int(np.abs(picture[12, 8::16][:6].astype(int) - np.array(CHART)).max())


def test_colours_are_tagged(reel):
    """Players guess by the size otherwise. Blender 5 encodes with the matrix of BT.709, earlier
    ones with BT.601's."""
    assert decode(reel[0]).colour in ((1, 1, mp4.BT709), (1, 1, mp4.BT601))


def test_progress_and_nothing_left_behind(reel):
    path, output = reel
    told = [t for t in map(encoding.read_progress, output.splitlines()) if t]
    assert told == [(n, 72) for n in range(1, 73)]
    assert encoding.read_progress("Fra:3 underpaint") is None
    assert sorted(p.name for p in path.parent.iterdir()) == ["frames", "reel.mp4"]


def test_film_rate_and_odd_sizes(tmp_path):
    frames = write_frames(tmp_path / "frames", 5, 97, 55)
    made = run(command(frames, tmp_path / "reel.mp4", 24, 1.001, 5, 97, 55))
    assert made.returncode == 0, made.stdout
    video = decode(tmp_path / "reel.mp4")
    assert (video.rate, video.seconds) == (Fraction(24000, 1001), Fraction(5005, 24000))
    assert len(video.pictures) == 5 and video.pictures[0].shape == (54, 96, 3)
    assert off_chart(video.pictures[2]) <= 4


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda frames: (frames / "frame_0002.png").unlink(), "holds 2 pictures, not 3."),
        (lambda frames: (frames / "frame_0002.png").write_bytes(b"\x89PNG"), "no complete PNG"),
        (lambda frames: write_png(frames / "frame_0003.png", chart(8, 8)), "is not 32 × 18"),
    ],
)
def test_bad_frames_stop_it_at_once(tmp_path, capfd, spoil, sentence):
    frames = write_frames(tmp_path / "frames", 3, 32, 18)
    spoil(frames)
    words = command(frames, tmp_path / "reel.mp4", 24, 1.0, 3, 32, 18)
    assert encode.main(words[words.index("--") + 1 :]) == encode.EXIT_INPUT
    assert sentence in capfd.readouterr().out.splitlines()[-1]
    assert not (tmp_path / "reel.mp4").exists()


def test_folder_that_is_not_there(tmp_path, capfd):
    frames = write_frames(tmp_path / "frames", 1, 32, 18)
    words = command(frames, tmp_path / "none" / "reel.mp4", 24, 1.0, 1, 32, 18)
    assert encode.main(words[words.index("--") + 1 :]) == encode.EXIT_INPUT
    assert "none is not there" in capfd.readouterr().out


def test_disk_that_takes_nothing_more(tmp_path):
    """A limit on file sizes stands for the full disk: Blender itself reports success."""
    frames = tmp_path / "frames"
    rng = np.random.default_rng(0)
    for frame in range(1, 9):
        write_png(frames / f"frame_{frame:04d}.png", rng.integers(0, 255, (54, 96, 3)))
    (tmp_path / "reel.mp4").write_bytes(b"the one from yesterday")
    made = run(
        command(frames, tmp_path / "reel.mp4", 24, 1.0, 8, 96, 54),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert made.returncode == encode.EXIT_FAILED
    assert made.stdout.splitlines()[-1].startswith("Blender wrote 0 of 8 frames")
    assert (tmp_path / "reel.mp4").read_bytes() == b"the one from yesterday"
    assert not list(tmp_path.glob(".part-*"))


def test_full_disk_is_named(tmp_path, monkeypatch):
    part = tmp_path / "part.mp4"
    part.write_bytes(b"cut short")
    monkeypatch.setattr(encode.shutil, "disk_usage", lambda path: type("U", (), {"free": 4096}))
    with pytest.raises(encode._Failure, match="The disk is full"):
        encode._check(part, 3)


def test_tag_is_added_once_and_read_back(reel, tmp_path):
    untagged = tmp_path / "untagged.mp4"
    with av.open(str(untagged), "w", options={"movflags": "-write_colr"}) as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
        container.mux(stream.encode())
    assert mp4.frame_count(untagged) == 3
    for _ in range(2):
        mp4.tag_untagged(untagged, mp4.BT709, mp4.BT709, mp4.BT601)
    assert untagged.read_bytes().count(b"colrnclx") == 1
    video = decode(untagged)
    assert len(video.pictures) == 3 and video.colour == (1, 1, mp4.BT601)


@pytest.mark.parametrize("bytes_kept", [0, 100, -50])
def test_files_cut_short_have_no_frames(reel, tmp_path, bytes_kept):
    short = tmp_path / "short.mp4"
    short.write_bytes(reel[0].read_bytes()[:bytes_kept])
    assert mp4.frame_count(short) == 0


def _tone(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(22_050)
        wide = np.sin(np.arange(round(22_050 * seconds)) * 0.1) * 12_000
        sound.writeframes(wide.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("seconds", [0.5, 9.0])
@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (25, 1.0)])
def test_a_sound_track_is_as_long_as_the_video(tmp_path, seconds, fps, base):
    frames = write_frames(tmp_path / "frames", 30, 64, 36)
    sound = _tone(tmp_path / "tèmp #1.wav", seconds)
    out = tmp_path / "reel.mp4"
    made = run(command(frames, out, fps, base, 30, 64, 36, str(sound)))
    assert made.returncode == 0, made.stdout + made.stderr
    assert len(decode(out).pictures) == 30 and mp4.frame_count(out) == 30
    with av.open(str(out)) as container:
        (stream,) = container.streams.audio
        rate = stream.codec_context.sample_rate
        assert (stream.codec_context.name, rate) == ("aac", 48_000)
        heard = np.concatenate([f.to_ndarray()[0] for f in container.decode(stream)])
    whole = 30 * base / fps
    assert len(heard) / rate == pytest.approx(whole, abs=0.1)
    loud = np.abs(heard) > 0.05
    assert loud[: int(0.4 * rate)].any()
    assert loud[int(0.7 * rate) : int(whole * rate)].any() == (seconds > 1)


def test_a_sound_that_is_none_ends_in_a_sentence(tmp_path):
    frames = write_frames(tmp_path / "frames", 2, 64, 36)
    none = str(tmp_path / "none.wav")
    made = run(command(frames, tmp_path / "reel.mp4", 24, 1.0, 2, 64, 36, none))
    assert made.returncode == 2 and made.stdout.strip().endswith("does not exist.")
    assert not (tmp_path / "reel.mp4").exists()

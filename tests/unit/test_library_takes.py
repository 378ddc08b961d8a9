"""Takes are immutable, numbered once, gone on with after a crash, and found again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from underpaint.errors import InputError, JobError
from underpaint.library import picks
from underpaint.library.atomic import TEMP_PREFIX, read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.locks import locked
from underpaint.library.project import Project, frame_file
from underpaint.library.takes import Takes
from underpaint.model.take import FileRecord, Pick, Picks, Take

ODD_NAMES = ["", ".", "..", "a/b", "CON", "映画 一", "مشهد", "🎬", "x" * 300, ".part-1", ".numbers"]


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".")


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0] == ".")


def test_a_finished_take_holds_its_files_and_its_record(stage) -> None:
    request = stage.request(frames=(3, 1, 2))
    take = stage.paint(request)
    takes = Takes(stage.project)
    folder = stage.project.take("shots", "dolly", 1)
    assert folder == stage.project.root / "takes" / "dolly" / "001"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("frame_0001.png", "frame_0002.png", "frame_0003.png", "take.json")
    ]
    assert hidden(folder.parent) == []
    for record in take.files:
        data = (folder / record.file).read_bytes()
        assert record.sha256 == hashlib.sha256(data).hexdigest()
        assert record.file == frame_file(record.frame)
    assert take.frame_request == request and take.by == "Ana Reyes" and take.seconds == 1.5
    assert takes.list("dolly") == (take,) == (takes.latest("dolly"),)
    assert takes.load("dolly", 1) == take
    assert takes.find(request, takes.list("dolly")) == take


def test_a_shot_without_takes(stage) -> None:
    takes = Takes(stage.project)
    assert takes.list("dolly") == () and takes.latest("dolly") is None
    assert takes.find(stage.request(), takes.list("dolly")) is None
    with pytest.raises(InputError, match=r"Shot dolly has no take 1; it has none yet: paint"):
        takes.load("dolly", 1)
    assert not stage.project.root.exists(), "asking creates nothing"


def test_the_latest_take_is_found_without_reading_the_others(
    stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(1, 5):
        stage.paint(stage.request(seed=seed))
    folder = stage.project.takes("shots", "dolly")
    (folder / "004" / "take.json").write_text("{")
    (folder / "old ones").mkdir()
    (folder / "12").mkdir()
    read = []

    def watched(cls: type, path: Path) -> object:
        read.append(path.parent.name)
        return read_document(cls, path)

    monkeypatch.setattr("underpaint.library.takes.read_document", watched)
    latest = Takes(stage.project).latest("dolly")
    assert latest is not None and latest.number == 3
    assert read == ["004", "003"]


def test_a_takes_files_and_its_record(stage) -> None:
    take = stage.paint(stage.request("a/b", frames=(2, 1)))
    names = ("frame_0002.png", "frame_0001.png", "take.json")
    files = Takes(stage.project).files(take)
    assert files == tuple(f"takes/a%2Fb/001/{name}" for name in names)
    assert all((stage.project.root / file).is_file() for file in files)


def test_an_unknown_number_says_which_there_are(stage) -> None:
    for seed in (1, 2):
        stage.paint(stage.request(seed=seed))
    with pytest.raises(InputError, match=r"Shot dolly has no take 7; it has 1, 2\."):
        Takes(stage.project).load("dolly", 7)


def test_numbers_are_never_used_again(stage) -> None:
    project = stage.project
    for seed in (1, 2, 3):
        stage.paint(stage.request(seed=seed))
    shutil.rmtree(project.take("shots", "dolly", 3))
    assert stage.paint(stage.request(seed=4)).number == 4
    shutil.rmtree(project.takes("shots", "dolly"))
    assert stage.paint(stage.request(seed=5)).number == 5
    project.mark("shots", "dolly").write_text("what?")
    assert stage.paint(stage.request(seed=6)).number == 6


def test_a_foreign_folder_keeps_its_number(stage) -> None:
    theirs = stage.project.take("shots", "dolly", 1)
    theirs.mkdir(parents=True)
    assert stage.paint(stage.request()).number == 2
    assert list(theirs.iterdir()) == []


PAINTS = """
import sys
from dataclasses import replace
from pathlib import Path
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import FrameRequest
project = Project(Path(sys.argv[1]))
request = read_document(FrameRequest, Path(sys.argv[2]))
png = Path(sys.argv[3]).read_bytes()
for seed in map(int, sys.argv[4:]):
    with Takes(project).begin(replace(request, seed=seed)) as unfinished:
        for frame in unfinished.missing:
            unfinished.add(frame, png)
        unfinished.finish("process", 0.0)
"""


def test_two_processes_never_get_one_number(stage, tmp_path: Path) -> None:
    write_document(tmp_path / "request.json", stage.request(frames=(1,)))
    (tmp_path / "frame.png").write_bytes(stage.png())
    files = [tmp_path / "request.json", tmp_path / "frame.png"]
    both = []
    for seeds in (range(20), range(20, 40)):
        words = [sys.executable, "-c", PAINTS, stage.project.root, *files, *seeds]
        both.append(subprocess.Popen([str(word) for word in words]))
    assert [process.wait(60) for process in both] == [0, 0]
    takes = Takes(stage.project).list("dolly")
    assert [take.number for take in takes] == list(range(1, 41))
    assert sorted(take.request.seed for take in takes) == list(range(40))


def test_numbers_are_given_one_at_a_time(stage) -> None:
    mark = stage.project.mark("shots", "dolly")
    stage.paint(stage.request(seed=1))
    with ThreadPoolExecutor(1) as thread:
        with locked(mark.with_name(".dolly.lock"), "busy"):
            waiting = thread.submit(stage.paint, stage.request(seed=2))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
            mark.write_text("41")
        assert waiting.result(timeout=10).number == 42


DIES = """
import os, signal, sys
from pathlib import Path
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import FrameRequest
unfinished = Takes(Project(Path(sys.argv[1]))).begin(read_document(FrameRequest, Path(sys.argv[2])))
for frame in (1, 2):
    unfinished.add(frame, Path(sys.argv[3]).read_bytes())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_frame(stage, tmp_path: Path) -> None:
    request = stage.request(frames=(1, 2, 3))
    write_document(tmp_path / "request.json", request)
    (tmp_path / "frame.png").write_bytes(stage.png(colour=(200, 0, 0)))
    words = [sys.executable, "-c", DIES, stage.project.root]
    words += [tmp_path / "request.json", tmp_path / "frame.png"]
    done = subprocess.run([str(word) for word in words], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Takes(stage.project).scan("dolly").takes == ()

    with Takes(stage.project).begin(request) as unfinished:
        assert unfinished.done == (1, 2) and unfinished.missing == (3,)
        unfinished.add(3, stage.png())
        take = unfinished.finish("Ana", 1.0)
    red = sha256_of(tmp_path / "frame.png")
    assert [record.sha256 == red for record in take.files] == [True, True, False]


def test_broken_frames_are_painted_again(stage) -> None:
    request = stage.request(frames=(1, 2, 3, 4, 5))
    with Takes(stage.project).begin(request) as unfinished:
        for frame in request.views:
            unfinished.add(frame.frame, stage.png())
        folder = unfinished.folder
    whole = stage.png()
    flipped = bytearray(whole)
    flipped[-20] ^= 1
    (folder / "frame_0002.png").write_bytes(whole[:-15])
    (folder / "frame_0003.png").write_bytes(stage.png(9, 6))
    (folder / "frame_0004.png").write_bytes(bytes(flipped))
    (folder / "frame_0005.png").write_bytes(b"")
    with Takes(stage.project).begin(request) as unfinished:
        assert unfinished.done == (1,) and unfinished.missing == (2, 3, 4, 5)


def test_only_whole_frames_of_the_request_are_taken(stage) -> None:
    with Takes(stage.project).begin(stage.request()) as unfinished:
        with pytest.raises(InputError, match=r"no whole PNG of 8 × 6"):
            unfinished.add(1, stage.png(7, 6))
        with pytest.raises(InputError, match="Frame 9 is none of this take"):
            unfinished.add(9, stage.png())
        assert unfinished.done == ()


def test_a_folder_of_another_request_is_not_gone_on_with(stage) -> None:
    request = stage.request()
    with Takes(stage.project).begin(request) as unfinished:
        unfinished.add(1, stage.png())
        write_document(unfinished.folder / ".request.json", stage.other(request, 99))
    with Takes(stage.project).begin(request) as unfinished:
        assert unfinished.done == ()


def test_a_crash_before_the_rename_keeps_the_frames(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    request = stage.request(frames=(1,))

    def crash(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with Takes(stage.project).begin(request) as unfinished:
        unfinished.add(1, stage.png())
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Path, "rename", crash)
            unfinished.finish("Ana", 1.0)
    with Takes(stage.project).begin(request) as unfinished:
        assert unfinished.missing == ()
        take = unfinished.finish("Ana", 1.0)
    assert [record.file for record in take.files] == ["frame_0001.png"]
    assert Takes(stage.project).list("dolly") == (take,)


def test_a_take_whose_folder_somebody_removed_ends_in_a_sentence(stage) -> None:
    takes, request = Takes(stage.project, "textures"), stage.texture_request()
    with takes.begin(request, "wall") as unfinished:
        unfinished.add_file("basecolor.png", stage.png())
        shutil.rmtree(unfinished.folder.parent)
        with pytest.raises(JobError, match="unfinished take of wall was removed meanwhile"):
            unfinished.finish("Ana", 1.0)


def test_a_texture_is_painted_by_one_at_a_time(stage) -> None:
    takes, request = Takes(stage.project, "textures"), stage.texture_request()
    with takes.begin(request, "wall") as unfinished:
        with pytest.raises(JobError, match="painting this take of wall right now"):
            takes.begin(request, "wall")
        with takes.begin(stage.texture_request(16), "wall"):
            pass
        unfinished.add_file("mask.png", stage.png())
    with takes.begin(request, "wall") as unfinished:
        assert (unfinished.folder / "mask.png").exists()


def test_a_take_with_missing_frames_does_not_appear(stage) -> None:
    with Takes(stage.project).begin(stage.request()) as unfinished:
        unfinished.add(2, stage.png())
        with pytest.raises(JobError, match=r"lacks frames 1, 3: run the same again"):
            unfinished.finish("Ana", 1.0)
    assert Takes(stage.project).list("dolly") == ()


def test_nothing_painted_leaves_nothing(stage) -> None:
    with Takes(stage.project).begin(stage.request()):
        pass
    assert list(stage.project.takes("shots", "dolly").iterdir()) == []


def test_scratch_is_no_part_of_the_take(stage) -> None:
    with Takes(stage.project).begin(stage.request(frames=(1,))) as unfinished:
        unfinished.add(1, stage.png())
        (unfinished.folder / ".preview.png").write_bytes(b"x")
        take = unfinished.finish("Ana", 1.0)
    assert hidden(Takes(stage.project).folder(take)) == []


def test_what_was_left_unfinished_for_long_is_removed_and_nothing_else(stage) -> None:
    month = 30 * 24 * 3600
    takes, left = Takes(stage.project), {}
    for seed, name in enumerate(("abandoned", "recent", "in the making"), 1):
        with takes.begin(stage.request(seed=seed)) as unfinished:
            unfinished.add(1, stage.png())
            left[name] = unfinished.folder
    finished = takes.folder(stage.paint(stage.request(seed=9)))
    orphan = left["recent"].with_name(".part-0123456789abcdef.lock")
    left["abandoned"].with_name(f"{left['abandoned'].name}.claims").mkdir()
    orphan.touch()
    with takes.begin(stage.request(seed=3)):
        for path in (*finished.parent.rglob("*"), finished.parent):
            os.utime(path, (0, time.time() - month - 60))
        newest = left["recent"] / "frame_0001.png"
        os.utime(newest, (0, time.time() - month + 60))
        with takes.begin(stage.request(seed=8)):
            pass
        assert [folder.exists() for folder in left.values()] == [False, True, True]
    assert finished.exists() and not orphan.exists()
    assert hidden(finished.parent) == sorted(left[name].name for name in list(left)[1:])
    assert takes.begin(stage.request(seed=2)).done == (1,)


def test_frames_may_be_added_from_several_threads(stage) -> None:
    request = stage.request(frames=range(1, 41))
    with Takes(stage.project).begin(request) as unfinished, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda frame: unfinished.add(frame, stage.png()), range(1, 41)))
        assert unfinished.missing == ()
        assert len(unfinished.finish("Ana", 1.0).files) == 40


def test_what_is_no_take_is_left_alone_and_told(stage) -> None:
    good = stage.paint(stage.request())
    folder = stage.project.takes("shots", "dolly")
    shutil.copytree(folder / "001", folder / "002")
    (folder / "003").mkdir()
    (folder / "004").mkdir()
    (folder / "004" / "take.json").write_text("{")
    (folder / "old ones").mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / ".DS_Store").write_text("")
    listing = Takes(stage.project).scan("dolly")
    assert listing.takes == (good,)
    told = "\n".join(sorted(listing.notes))
    assert len(listing.notes) == 4
    assert "002 is ignored, it is no take: its take.json is that of take 1 of dolly" in told
    assert "003" in told and "take.json does not exist" in told
    assert "004" in told and "JSON" in told
    assert "old ones is ignored, it is no take: takes are called 001, 002" in told


def test_a_renamed_subject_is_told(stage) -> None:
    stage.paint(stage.request("dolly"))
    stage.project.takes("shots", "dolly").rename(stage.project.takes("shots", "crane"))
    listing = Takes(stage.project).scan("crane")
    assert listing.takes == () and "take 1 of dolly" in listing.notes[0]


def test_a_record_holds_one_request(stage) -> None:
    take = stage.paint(stage.request())
    path = Takes(stage.project).folder(take) / "take.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "frame_request": None}))
    with pytest.raises(InputError, match=r"take\.json: \$: a take holds one request"):
        Takes(stage.project).load("dolly", 1)
    with pytest.raises(InputError, match="one request"):
        replace(take, frame_request=None)


def test_a_damaged_take_is_not_found_again(stage) -> None:
    request = stage.request()
    take = stage.paint(request)
    takes = Takes(stage.project)
    folder = takes.folder(take)
    (folder / "frame_0002.png").unlink()
    assert takes.find(request, takes.list("dolly")) is None
    again = stage.paint(request)
    assert takes.find(request, takes.list("dolly")) == again and again.number == 2


@pytest.mark.parametrize("name", ODD_NAMES)
def test_shots_and_objects_have_names_of_any_script(stage, name: str) -> None:
    take = stage.paint(stage.request(name))
    assert Takes(stage.project).list(name) == (take,)
    with Takes(stage.project, "textures").begin(stage.texture_request(), name) as unfinished:
        unfinished.add_file("basecolor.png", stage.png(8, 8))
        texture = unfinished.finish("Ana", 1.0)
    assert Takes(stage.project, "textures").list(name) == (texture,)
    assert picks.pick(stage.project, name, 1, "Ana").shots[name].take == 1


def test_textures_are_takes_of_objects(stage) -> None:
    takes = Takes(stage.project, "textures")
    request = stage.texture_request()
    with pytest.raises(InputError, match="needs the name of its object"):
        takes.begin(request)
    with takes.begin(request, "wall") as unfinished:
        with pytest.raises(JobError, match="holds no pictures"):
            unfinished.finish("Ana", 1.0)
        unfinished.add_file("mask.png", stage.png(8, 8))
        unfinished.add_file("basecolor.png", stage.png(8, 8))
        take = unfinished.finish("Ana", 1.0)
    assert [record.file for record in take.files] == ["basecolor.png", "mask.png"]
    assert takes.folder(take) == stage.project.root / "textures" / "wall" / "001"
    assert takes.find(request, takes.list("wall")) == take
    assert take.texture_request == request


def test_a_file_in_place_of_the_takes_is_one_sentence(stage) -> None:
    stage.project.root.mkdir(parents=True)
    (stage.project.root / "takes").write_text("mine")
    for act in (
        lambda: Takes(stage.project).begin(stage.request()),
        lambda: stage.paint(stage.request()),
    ):
        with pytest.raises(InputError, match="stands where a folder is needed"):
            act()
    (stage.project.root / "takes").unlink()
    (stage.project.root / "takes").mkdir()
    stage.project.takes("shots", "dolly").write_text("mine")
    with pytest.raises(InputError, match="stands where a folder is needed"):
        Takes(stage.project).list("dolly")


def test_frames_below_zero_and_beyond_four_digits() -> None:
    assert [frame_file(n) for n in (-12, 0, 7, 123456)] == [
        *("frame_-0012.png", "frame_0000.png", "frame_0007.png", "frame_123456.png")
    ]


def test_records_name_paths_below_the_project(tmp_path: Path) -> None:
    project = Project(tmp_path / "underpaint")
    path = project.take("textures", "a/b", 12) / "mask.png"
    assert project.relative(path) == "textures/a%2Fb/012/mask.png"
    assert project.inside("textures/a%2Fb/012/mask.png") == path
    for outside in ("../secret", "/etc/passwd", "takes/../../x"):
        with pytest.raises(InputError, match="outside the project"):
            project.inside(outside)


def test_picks_are_kept(stage) -> None:
    for seed in (1, 2):
        stage.paint(stage.request(seed=seed))
    stage.paint(stage.request("crane"))
    assert picks.load(stage.project) == Picks()
    picks.pick(stage.project, "dolly", 2, "Ana")
    picks.pick(stage.project, "crane", 1, "Ben")
    chosen = picks.pick(stage.project, "dolly", 1, "Ben")
    assert picks.load(stage.project) == chosen
    assert {shot: (p.take, p.by) for shot, p in chosen.shots.items()} == {
        "dolly": (1, "Ben"),
        "crane": (1, "Ben"),
    }
    assert hidden(stage.project.root) == []


def test_picking_clears_away_what_a_crash_left(stage) -> None:
    stage.paint(stage.request())
    left = [stage.project.root / f"{TEMP_PREFIX}{name}" for name in ("old", "new")]
    for path in left:
        path.write_text("{")
    os.utime(left[0], (0, 0))
    picks.pick(stage.project, "dolly", 1, "Ana")
    assert [path.exists() for path in left] == [False, True]


def test_only_takes_that_exist_can_be_picked(stage) -> None:
    with pytest.raises(InputError, match="Shot dolly has no take 1"):
        picks.pick(stage.project, "dolly", 1, "Ana")
    with pytest.raises(InputError, match="Object wall has no take 2"):
        picks.pick(stage.project, "wall", 2, "Ana", "textures")
    assert not stage.project.picks.exists()


def test_a_broken_picks_file_is_told_and_kept(stage) -> None:
    stage.paint(stage.request())
    stage.project.picks.write_text('{"format": "underpaint/picks", "version": 1, "shots": 3}')
    with pytest.raises(InputError, match=r"picks\.json: \$\.shots: expected an object"):
        picks.pick(stage.project, "dolly", 1, "Ana")
    assert "3" in stage.project.picks.read_text()


PICKS = """
import sys
from pathlib import Path
from underpaint.library import picks
from underpaint.library.project import Project
for name in sys.argv[2:]:
    picks.pick(Project(Path(sys.argv[1])), name, 1, "process")
"""


def test_picks_of_two_processes_are_both_kept(stage) -> None:
    names = [f"shot {number}" for number in range(16)]
    for name in names:
        stage.paint(stage.request(name, frames=(1,)))
    halves = (names[:8], names[8:])
    words = [[sys.executable, "-c", PICKS, str(stage.project.root), *half] for half in halves]
    both = [subprocess.Popen(word) for word in words]
    assert [process.wait(60) for process in both] == [0, 0]
    assert sorted(picks.load(stage.project).shots) == sorted(names)


TAKE_V1 = """{
 "format": "underpaint/take", "version": 1, "subject": "dolly", "number": 3,
 "created": "2026-01-02T03:04:05+00:00", "by": "Ana Reyes", "seconds": 12.5,
 "files": [{"file": "frame_0001.png", "sha256": "00ff", "frame": 1}],
 "frame_request": {
  "engine": {"name": "built-in", "family": "sd15", "licence": "CC0-1.0", "fingerprint": "ab"},
  "look": {"name": "dusk", "words": "a street", "avoid": "", "steps": null, "guidance": 5,
           "control_scales": {"depth": 1.0}},
  "seed": 7, "seed_per": "shot", "width": 8, "height": 6,
  "views": [{"shot": "dolly", "frame": 1, "passes": "p1"}], "depth_range": [1.0, 9.0]
 },
 "texture_request": null, "underpaint": "0.1.0"
}"""


def test_takes_of_the_first_version_open(stage) -> None:
    folder = stage.project.take("shots", "dolly", 3)
    folder.mkdir(parents=True)
    (folder / "take.json").write_text(TAKE_V1)
    (take,) = Takes(stage.project).list("dolly")
    assert take.files == (FileRecord("frame_0001.png", "00ff", 1),)
    assert take.frame_request.look.guidance == 5.0 and take.frame_request.depth_range == (1.0, 9.0)


TAKE_V2 = TAKE_V1.replace('"version": 1', '"version": 2').replace(
    '"depth_range": [1.0, 9.0]', '"depth_range": [1.0, 9.0], "batch": 2, "recipe": 3'
)


def test_takes_of_the_second_version_open_as_painted_each_on_its_own(stage) -> None:
    folder = stage.project.take("shots", "dolly", 3)
    folder.mkdir(parents=True)
    (folder / "take.json").write_text(TAKE_V2)
    request = Takes(stage.project).load("dolly", 3).frame_request
    assert (request.mode, request.cadence, request.batch, request.recipe) == ("each", "ones", 2, 3)
    assert (request.kept, request.standing) == ((), ())


def test_takes_of_a_version_to_come_are_told_of_in_words(stage) -> None:
    """An older Underpaint says the same of today's, and names no field that it does not know."""
    folder = stage.project.take("shots", "dolly", 3)
    folder.mkdir(parents=True)
    later = f'"version": {Take.VERSION + 1}, "unheard": 1'
    (folder / "take.json").write_text(TAKE_V1.replace('"version": 1', later))
    (note,) = Takes(stage.project).scan("dolly").notes
    assert "update Underpaint to open it" in note and "unheard" not in note


def test_picks_of_the_first_version_open(stage) -> None:
    pick = '{"take": 2, "by": "Ana", "when": "2026-01-02T03:04:05+00:00"}'
    stage.project.root.mkdir(parents=True)
    chosen = f'"shots": {{"a": {pick}}}, "textures": {{}}'
    stage.project.picks.write_text(f'{{"format": "underpaint/picks", "version": 1, {chosen}}}')
    assert picks.load(stage.project).shots == {"a": Pick(2, "Ana", "2026-01-02T03:04:05+00:00")}

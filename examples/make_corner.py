"""Build the example scene: python examples/make_corner.py [--out PATH]

Needs only the bpy package (4.2 or newer); save it with 4.2, so that every supported Blender
opens it.
"""

import argparse
import math
from pathlib import Path

import bpy
from corner.buildings import build_buildings
from corner.jeepney import build_jeepney, drive
from corner.people import build_people
from corner.props import build_props
from corner.staging import light_dusk, set_output, stage_shots
from corner.store import build_store
from corner.street import build_street


def main() -> None:
    """Build the scene from nothing and save it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("corner.blend"))
    path = parser.parse_args().out
    build_scene()
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(path.absolute()), compress=True)
    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB, {len(bpy.data.objects)} objects")


def build_scene() -> None:
    """Replace whatever is open by the street corner."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.name = "corner"
    groups = {
        name: _collection(scene, name)
        for name in ("set", "props", "vehicle", "people", "cameras", "lights")
    }
    build_street(groups["set"])
    build_buildings(groups["set"])
    build_store(groups["set"])
    build_props(groups["props"])
    jeepney = build_jeepney("jeepney", groups["vehicle"], (0, 1.75, 0), 0)
    build_jeepney("jeepney_parked", groups["vehicle"], (4.1, 19.0, 0), math.pi / 2, like="jeepney")
    drive(jeepney, 1, 72, from_x=21.2, speed=8 / 24)
    build_people(groups["people"])
    stage_shots(scene, groups["cameras"])
    light_dusk(scene, groups["lights"])
    set_output(scene)
    scene.frame_set(1)
    _forget_folders()


def _forget_folders() -> None:
    """Point the file browsers of the start-up workspaces away from this machine's home folder."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "FILE_BROWSER" and space.params:
                    space.params.directory = b"//"


def _collection(scene: bpy.types.Scene, name: str) -> bpy.types.Collection:
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    return collection


if __name__ == "__main__":
    main()

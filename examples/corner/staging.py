"""Cameras, markers, light, sky and the render settings."""

import math
from dataclasses import dataclass

import bpy
from mathutils import Vector

from .keys import interpolate
from .shapes import Point, place_data

FPS = 24


@dataclass(frozen=True)
class Shot:
    """A camera, its lens in millimetres, where it stands and looks, from first to last frame."""

    name: str
    start: int
    end: int
    lens: float
    stands: tuple[Point, Point]
    looks_at: tuple[Point, Point]


SHOTS = (
    Shot(
        "dolly", 1, 24, 32, ((6.6, -5.6, 1.4), (5.8, -5.1, 1.4)), ((2.5, 6.0, 2.3), (2.1, 6, 2.3))
    ),
    Shot("two_shot", 25, 48, 58, ((3.0, 0.7, 1.45),) * 2, ((-0.55, 4.5, 1.33),) * 2),
    Shot("low_pass", 49, 72, 26, ((-5.4, -2.2, 0.26),) * 2, ((-1.5, -0.05, 0.62),) * 2),
)


def stage_shots(scene: bpy.types.Scene, into: bpy.types.Collection) -> None:
    """Add each shot's camera and the marker that binds it to the timeline."""
    for shot in SHOTS:
        camera = _build_camera(shot, into)
        marker = scene.timeline_markers.new(shot.name, frame=shot.start)
        marker.camera = camera
    scene.camera = scene.timeline_markers[SHOTS[0].name].camera
    scene.frame_start, scene.frame_end = SHOTS[0].start, SHOTS[-1].end


def _build_camera(shot: Shot, into: bpy.types.Collection) -> bpy.types.Object:
    data = bpy.data.cameras.new(shot.name)
    data.lens, data.clip_start, data.clip_end = shot.lens, 0.05, 400
    camera = place_data(shot.name, data, into)
    ends = zip((shot.start, shot.end), shot.stands, shot.looks_at, strict=True)
    moving = shot.stands[0] != shot.stands[1]
    for frame, stand, target in ends:
        camera.location = stand
        toward = Vector(target) - Vector(stand)
        camera.rotation_euler = toward.to_track_quat("-Z", "Y").to_euler()
        if moving:
            camera.keyframe_insert("location", frame=frame)
            camera.keyframe_insert("rotation_euler", frame=frame)
    if moving:
        interpolate(camera, "LINEAR")
    return camera


def light_dusk(scene: bpy.types.Scene, into: bpy.types.Collection) -> None:
    """Light the street with a low western sun, a dim sky, the street lamps and the store's bulb."""
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy, sun.color, sun.angle = 2.2, (1.0, 0.78, 0.55), math.radians(1.5)
    away = Vector((0.86, 0.45, -0.24))
    lamp = place_data("sun", sun, into, (-12, -8, 12))
    lamp.rotation_euler = away.to_track_quat("-Z", "Y").to_euler()
    bulb = bpy.data.lights.new("store_bulb", "POINT")
    bulb.energy, bulb.color, bulb.shadow_soft_size = 26, (1.0, 0.82, 0.6), 0.06
    place_data("store_bulb", bulb, into, (-0.1, 7.4, 2.7))
    _build_sky(scene)


def _build_sky(scene: bpy.types.Scene) -> None:
    """Make a dim world, warm at the horizon and blue-grey above."""
    world = bpy.data.worlds.new("dusk")
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    background = next(node for node in nodes if node.type == "BACKGROUND")
    place_of = nodes.new("ShaderNodeTexCoord")
    height = nodes.new("ShaderNodeSeparateXYZ")
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color = (0.42, 0.34, 0.3, 1)
    ramp.color_ramp.elements[1].color = (0.1, 0.13, 0.2, 1)
    ramp.color_ramp.elements[1].position = 0.6
    links.new(place_of.outputs["Generated"], height.inputs[0])
    links.new(height.outputs["Z"], ramp.inputs[0])
    links.new(ramp.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = 0.5
    scene.world = world


def set_output(scene: bpy.types.Scene) -> None:
    """Set frame rate, size, units and the two engines' settings for a grey picture."""
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 640, 360, 100
    render.filepath = "//render/"
    render.fps, render.fps_base = FPS, 1.0
    render.engine = "CYCLES"
    scene.cycles.samples = 32
    scene.view_settings.view_transform = "Standard"  # painted colours come out as painted
    scene.unit_settings.system, scene.unit_settings.length_unit = "METRIC", "METERS"
    shading = scene.display.shading
    shading.light, shading.color_type = "STUDIO", "SINGLE"
    scene.display.light_direction = (-0.62, 0.6, 0.5)  # Y is up here, and Z toward -Y
    shading.show_shadows, shading.show_cavity, shading.cavity_type = True, True, "BOTH"

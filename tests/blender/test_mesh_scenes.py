"""Real meshes in the training's pool, by real Blender."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")

ROOT = Path(__file__).resolve().parents[2]


def test_frames_of_meshes_are_scenes_like_any_other(tmp_path):
    """They are kept when the script runs again, and the pool's crops are taken from them."""
    from underpaint.training import pool

    command = [sys.executable, ROOT / "scripts" / "mesh_scenes", tmp_path, "--frames", "12"]
    made = []
    for _ in range(2):
        subprocess.run(command, check=True, timeout=300, capture_output=True)
        made.append({path: path.stat().st_mtime_ns for path in pool.scenes(tmp_path)})
    assert made[0] == made[1] and len(made[0]) == 12 and not list(tmp_path.glob("*.part"))
    crops = pool.crops(pool.scenes(tmp_path), (96, 96), random.Random(0))
    seen = [next(crops) for _ in range(12)]
    assert all(planes["normal"].shape == (3, 96, 96) for planes in seen)
    assert sum(float(planes["near_ness"].std()) > 0.02 for planes in seen) >= 6

"""Switching on and off when something goes wrong on the way."""

import pytest
from underpaint_addon import registry


def test_a_step_that_cannot_be_undone_does_not_keep_the_others_on(monkeypatch):
    registry.unregister()
    told = []

    def broken() -> None:
        told.append("broken")
        raise RuntimeError("it will not go")

    steps = [(lambda: told.append("on"), lambda: told.append("off")), (lambda: None, broken)]
    monkeypatch.setattr(registry, "_STEPS", steps)
    registry.register()
    with pytest.raises(RuntimeError, match="will not go"):
        registry.unregister()
    assert told == ["on", "broken", "off"]
    registry.unregister()
    assert told == ["on", "broken", "off"], "nothing is undone twice"

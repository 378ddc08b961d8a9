"""Keeps the engine that was used last, loaded, from job to job."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..model.request import EngineRef
from .engine import Engine, EngineInfo
from .engines import describe_engine, open_engine
from .engines.fingerprints import Told, quiet


class Studio:
    """At most one engine is in memory.

    ``uses`` counts how often one was asked for, ``loading_seconds`` what loading them took.
    """

    def __init__(self) -> None:
        self.uses = 0
        self.loading_seconds = 0.0
        self._engine: Engine | None = None
        self._name = ""
        self._ref: EngineRef | None = None

    def describe(self, name: str, told: Told = quiet) -> EngineInfo:
        """What the engine is, without loading it; ``told`` of its bytes. Raises EngineError."""
        return describe_engine(name, told)

    def engine(self, name: str, told: Told = quiet) -> Engine:
        """The engine, loaded; the one from before where it is the same, files included."""
        ref = describe_engine(name, told).ref
        self.uses += 1
        if self._engine is None or (name, ref) != (self._name, self._ref):
            self.close()
            began = time.monotonic()
            self._engine, self._name, self._ref = open_engine(name, told), name, ref
            self.loading_seconds += time.monotonic() - began
        return self._engine

    @property
    def made_with(self) -> Mapping[str, str]:
        """On what the pictures of the engine that is loaded depend besides its files."""
        return {} if self._engine is None else self._engine.made_with

    def close(self) -> None:
        """Free what is loaded."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None

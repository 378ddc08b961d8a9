"""Keeps the engine that was used last, loaded, from job to job."""

from __future__ import annotations

from ..model.request import EngineRef
from .engine import Engine, EngineInfo
from .engines import describe_engine, open_engine
from .engines.fingerprints import Told, quiet


class Studio:
    """At most one engine is in memory."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._name = ""
        self._ref: EngineRef | None = None

    def describe(self, name: str, told: Told = quiet) -> EngineInfo:
        """What the engine is, without loading it; ``told`` of its bytes. Raises EngineError."""
        return describe_engine(name, told)

    def engine(self, name: str, told: Told = quiet) -> Engine:
        """The engine, loaded; the one from before where it is the same, files included."""
        ref = describe_engine(name, told).ref
        if self._engine is None or (name, ref) != (self._name, self._ref):
            self.close()
            self._engine, self._name, self._ref = open_engine(name, told), name, ref
        return self._engine

    def close(self) -> None:
        """Free what is loaded."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None

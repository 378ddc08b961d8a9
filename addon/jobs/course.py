"""Where a job stands: stages weighed by how long they take, so that one bar tells the truth."""

from collections.abc import Mapping

from underpaint.events import Moved


class Course:
    """Turns a stage's own progress into progress of the whole."""

    def __init__(self, weights: Mapping[str, float], *, known: bool = False) -> None:
        """``weights``: seconds that each stage is expected to take, in order; ``known`` where this
        machine has done the like, so that the time left can be told by them."""
        self._weights = dict(weights)
        self._whole = sum(self._weights.values()) or 1.0
        self._known = known
        self._before = 0.0
        self._stage = ""

    def enter(self, stage: str, text: str) -> Moved:
        """The next stage begins."""
        self._before += self._weights.get(self._stage, 0.0)
        self._stage = stage
        return self.at(0.0, 1.0, text)

    def at(self, done: float, total: float, text: str) -> Moved:
        """``done`` of ``total`` of the present stage."""
        share = min(1.0, done / total) if total else 1.0
        fraction = (self._before + self._weights[self._stage] * share) / self._whole
        left = self._whole * (1.0 - fraction) if self._known else None
        return Moved(self._stage, done, total, text, min(1.0, fraction), left)

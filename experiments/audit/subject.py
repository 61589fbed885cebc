"""The environment that is audited, and the same environment on other bars."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tradegym.envs.build import EnvBuilder, feature_options
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.splits import Part, Split, ranges_of
from tradegym.envs.strategies.features import FeatureSet
from tradegym.envs.strategies.features.entries import make_entries
from tradegym.envs.warmup import find_warmup
from tradegym.experiments.audit.compare import Comparer

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved

#: Parts on which episodes are played: their bars fit nothing.
PLAYED = ("validation", "test")


class Subject:
    """An environment that can be composed again on other bars.

    Parameters
    ----------
    resolved : Resolved
    objects : mapping of str to object, optional
        As for `EnvBuilder`.
    """

    def __init__(self, resolved: "Resolved", objects: Mapping[str, Any] | None = None) -> None:
        self.resolved = resolved
        self._objects = dict(objects or {})
        #: As it is trained and tested.
        self.builder = EnvBuilder(resolved, self._objects)
        split = self.builder.split
        #: Contiguous rows that are played.
        self.ranges = tuple(one for part in PLAYED for one in split.ranges(part))
        #: Bars before the first decision of an episode.
        self.warmup = find_warmup(self.builder.market, self.ranges, "test")

    @property
    def dataset(self) -> Dataset:
        """The bars."""
        return self.builder.dataset

    @property
    def train_stop(self) -> int:
        """Row after the last one of the train part."""
        return max((one.stop for one in self.builder.split.ranges("train")), default=0)

    def comparer(self) -> Comparer:
        """Return what compares plays and names what differs."""
        features = self.builder.market.features
        return Comparer(self.dataset, () if features is None else features.names)

    def composed(self, dataset: Dataset, *, frozen: bool = False) -> EnvBuilder:
        """Compose everything anew on other bars.

        Parameters
        ----------
        dataset : Dataset
            Altered bars; fewer than the original ones cut the parts off.
        frozen : bool
            Keep the scalers as they were fitted: the bars that they saw may be among those
            that were altered.
        """
        split = _until(self.builder.split, len(dataset))
        features = self.fresh_features() if frozen else None
        objects = self._objects | {"dataset.cls": dataset}
        return EnvBuilder(self.resolved, objects, split=split, features=features)

    def fresh_features(self) -> FeatureSet | None:
        """Return the fitted features with new instances of their classes: none remembers bars."""
        fitted = self.builder.features
        if fitted is None:
            return None
        entries = {one.name: one for one in make_entries(feature_options(self.resolved.config))}
        features = tuple(replace(one, entry=entries[one.entry.name]) for one in fitted.features)
        return replace(fitted, features=features)


def _until(split: Split, bars: int) -> Split:
    """Return a split whose parts end at row ``bars``."""

    def cut(part: Part) -> Part:
        return tuple(
            range(one.start, min(one.stop, bars)) for one in ranges_of(part) if one.start < bars
        )

    return Split(cut(split.train), cut(split.validation), cut(split.test))

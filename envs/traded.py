"""Which assets of a dataset are traded; the others are only observed."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradegym.conf.errors import UserError, did_you_mean

ALL = "all"


@dataclass(frozen=True, slots=True)
class Traded:
    """The traded assets.

    Attributes
    ----------
    names : tuple of str
        In the order of the configuration.
    joint : bool
        One action decides on each of them (even if it is only one).
    """

    names: tuple[str, ...]
    joint: bool

    def order(self, assets: Sequence[str]) -> tuple[int, ...]:
        """Return the columns of a dataset with these assets, the traded ones first."""
        traded = [assets.index(name) for name in self.names]
        return (*traded, *(column for column in range(len(assets)) if column not in traded))


def choose_traded(
    chosen: str | Sequence[str] | None, assets: Sequence[str], key: str = "strategy.actions.assets"
) -> Traded:
    """Return the assets that a configuration trades.

    Parameters
    ----------
    chosen : str, sequence of str, or None
        None: the first. A name: that one. ``all`` or a list of names: joint trading.
    assets : sequence of str
        Of the dataset.
    key : str
        For messages.

    Raises
    ------
    UserError
        An asset that the dataset does not have.
    """
    known = tuple(assets)
    if chosen is None:
        return Traded(known[:1], joint=False)
    if chosen == ALL:
        return Traded(known, joint=True)
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    if len(set(names)) != len(names):
        raise UserError(f"{key}: {', '.join(names)} names something twice")
    for name in names:
        if name not in known:
            raise UserError(
                f"{key}: '{name}' is not in the dataset; allowed: {', '.join(known)}"
                f"{did_you_mean(name, known)}"
            )
    return Traded(names, joint=not isinstance(chosen, str))

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
    known : tuple of str
        All assets of the dataset they were chosen from.
    """

    names: tuple[str, ...]
    joint: bool
    known: tuple[str, ...]

    def order(self, assets: Sequence[str]) -> tuple[int, ...]:
        """Return the columns of a dataset with these assets, the traded ones first.

        A dataset with the same number of assets under other names (synthetic bars to train, real
        ones to test) is matched by position.

        Raises
        ------
        UserError
            It has fewer or more assets, and not the traded ones.
        """
        if set(self.names) <= set(assets):
            traded = [assets.index(name) for name in self.names]
        elif len(assets) == len(self.known):
            traded = [self.known.index(name) for name in self.names]
        else:
            raise UserError(
                f"strategy.actions.assets: {', '.join(self.names)} are traded, but the training "
                f"bars are of {', '.join(assets)}; use as many assets there"
            )
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
        return Traded(known[:1], False, known)
    if chosen == ALL:
        return Traded(known, True, known)
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    for name in names:
        if name not in known:
            raise UserError(
                f"{key}: '{name}' is not in the dataset; allowed: {', '.join(known)}"
                f"{did_you_mean(name, known)}"
            )
    return Traded(names, not isinstance(chosen, str), known)

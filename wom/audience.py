"""Whom talk reaches: impressions in balance, how the business is chosen, and how many of those told are prospects.

The audience share is found from the observed share of new customers who came on a recommendation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .experience import FAVOURABLE, WARY, stationary
from .roots import WIDER, rising_root
from .units import Array, hazard, logit, probability

_AUDIENCES = np.geomspace(1e-3, 1.0, 13)
"""Where the smallest audience share is looked for if it may not be the only one; then it is found exactly."""


class Talk(NamedTuple):
    """Prospects and what they would hear if everybody told belonged to this market.

    Example:
        >>> heard = np.full((1, 1), 0.1)
        >>> talk = Talk(np.full((1, 1), 1000.0), np.full((1, 1), 5.0), np.full((1, 1), 0.05), np.full((1, 1), 0.2),
        ...             heard, heard, np.zeros((3, 1, 1)))
        >>> talk.impressions(np.ones((1, 1))).ravel().round(6).tolist()
        [0.5, 0.25, 0.25]
    """

    pool: Array
    """Prospects, shape (segments, draws), as all that follow but the last."""
    new: Array
    """New customers per month."""
    rate: Array
    """ι, hazard per month of choosing a supplier."""
    reset: Array
    """1/τw, hazard per month of forgetting what was heard."""
    heard_good: Array
    """Messages per prospect and month."""
    heard_bad: Array
    shifts: Array
    """e, of the log-odds by impression, shape (3, segments, draws)."""

    def impressions(self, audience: Array) -> Array:
        """Stationary shares of the impressions."""
        return stationary(self.reset, audience * self.heard_good, audience * self.heard_bad)

    def chance(self, log_odds: Array) -> tuple[Array, Array]:
        """Probability of choosing the business by impression, and how it rises with the log-odds."""
        share = 1.0 / (1.0 + np.exp(-(log_odds + self.shifts)))
        chance = probability(self.rate * share)
        return chance, self.rate * share * (1.0 - share) * (1.0 - chance)

    def log_odds(self, shares: Array) -> Array:
        """L, so that the impressions bring the observed number of new customers: Σ shares_k·p_k(L) = new/pool.

        It is solved as logit(hazard(Σ shares_k·p_k(L))/ι), which is nearly L itself.
        """
        needed = np.where((self.pool > 0) & (self.new > 0), self.new / self.pool, np.nan)
        level = logit(hazard(needed) / self.rate)

        def gap(log_odds: Array) -> tuple[Array, Array]:
            chance, rise = self.chance(log_odds)
            came = (shares * chance).sum(axis=-3)
            share = hazard(came) / self.rate
            steep = (shares * rise).sum(axis=-3) / ((1.0 - came) * self.rate * share * (1.0 - share))
            return logit(share) - level, steep

        low, high = level - self.shifts.max(axis=0) - WIDER, level - self.shifts.min(axis=0) + WIDER
        found = rising_root(gap, low, high, level - (shares * self.shifts).sum(axis=-3), scale=1.0)
        return np.where(self.new > 0, found, -np.inf)

    def recommended(self, audience: Array) -> tuple[Array, Array]:
        """Share of the business's new customers who come with a favourable impression, and its slope over 1/a.

        With u = 1/a the shares of impressions are (u·r0, x+, x−)/(u·r0 + x+ + x−); L follows them so that the
        number of new customers stays.

        Args:
            audience: a, shape (1, draws).

        Returns:
            Two of shape (draws,).
        """
        shares = self.impressions(audience)
        chance, rise = self.chance(self.log_odds(shares))
        change = shares[0] * audience * (np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1) - shares)
        shift = -(change * chance).sum(axis=0) / (shares * rise).sum(axis=0)
        came = self.pool * (shares * chance)[FAVOURABLE]
        slope = self.pool * (change * chance + shares * rise * shift)[FAVOURABLE]
        everyone = self.new.sum(axis=0)
        return np.asarray(came.sum(axis=0) / everyone), np.asarray(slope.sum(axis=0) / everyone)


def audience_share(talk: Talk, target: Array, gives_way: bool = False) -> tuple[Array, Array]:
    """The smallest audience share that gives the observed referral share; nan where there is none.

    The referral share rises with the audience, unless bad word of mouth attracts people. Its inverse is nearly
    a straight line in 1/a, so that few steps are needed.

    Args:
        talk: prospects and what they would hear if everybody told belonged to this market.
        target: observed share of new customers who came on a recommendation, shape (draws,).
        gives_way: take the audience with the largest referral share where the target is beyond it.

    Returns:
        The share, and the largest referral share that could be reached, each of shape (1, draws).

    Example:
        Without an effect of hearing, those with a favourable impression come in proportion to their number:

        >>> heard = np.full((1, 1), 0.1)
        >>> talk = Talk(np.full((1, 1), 1000.0), np.full((1, 1), 5.0), np.full((1, 1), 0.05), np.full((1, 1), 0.2),
        ...             heard, 0.0 * heard, np.zeros((3, 1, 1)))
        >>> share, most = audience_share(talk, np.array([0.2]))
        >>> round(share.item(), 6), round(most.item(), 6)
        (0.5, 0.333333)
        >>> audience_share(talk, np.array([0.4])), audience_share(talk, np.array([0.4]), gives_way=True)[0].item()
        ((array([[nan]]), array([[0.33333333]])), 1.0)
    """
    most = talk.recommended(np.ones((1, len(target))))[0]
    largest, at_most = np.ones((2, len(target)))
    if (odd := (talk.shifts[WARY] > 0.0).any(axis=0)).any():
        some = Talk(*(part[..., odd] for part in talk))
        reached = np.stack([some.recommended(np.full((1, odd.sum()), place))[0] for place in _AUDIENCES])
        most[odd], largest[odd] = reached.max(axis=0), _AUDIENCES[(reached >= target[odd]).argmax(axis=0)]
        at_most[odd] = _AUDIENCES[reached.argmax(axis=0)]

    def against(inverse: Array) -> tuple[Array, Array]:
        share, slope = talk.recommended(1.0 / inverse[np.newaxis])
        return 1.0 / share - 1.0 / target, -slope / share**2

    start = np.where(most >= target, 1.0 / largest, np.nan)
    found = 1.0 / rising_root(against, start, np.full(len(target), np.inf), start)
    if gives_way:
        found = np.where(most < target, at_most, found)
    return found[np.newaxis], most[np.newaxis]

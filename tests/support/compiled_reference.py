"""Plays environments of the backtrader engine and keeps all that can be compared."""

import numpy as np
from compiled_sightings import Sightings
from compiled_tracks import COUNTS, MONEY, PERCENT, REASONS, Track, mask_rows


def reference_tracks(setup, seeds, actions):
    """Play a configuration once for each seed, one environment after the other.

    ``actions``: [S, T, ...]; an episode that ends is followed by the next one.
    """
    tracks = []
    for seed, mine in zip(seeds, actions, strict=True):
        env = setup.builder().env(setup.part, whole=setup.whole, limited=setup.limited)
        tracks.append(reference_track(env, seed, mine))
        env.close()
    return tracks


def reference_track(env, seed, actions, sightings=None):
    """Play one environment; returns its `Track`."""
    rows = _Rows(env, sightings or Sightings(env))
    single = env.action_space.__class__.__name__ == "Discrete"
    observation, info = env.reset(seed=seed)
    rows.add(observation, info, None)
    for action in actions:
        rows.before(info)
        action = int(action) if single else action
        observation, reward, terminated, truncated, info = env.step(action)
        assert truncated == (info["reason"] == "END_OF_DATA")
        assert (terminated or truncated) == (info["reason"] is not None)
        rows.add(observation, info, reward)
        if terminated or truncated:
            observation, info = env.reset()
            rows.add(observation, info, None)
    return rows.track()


class _Rows:
    def __init__(self, env, sightings):
        self.env, self.sightings = env, sightings
        self.masked = bool(env.action_names)
        self.obs, self.infos, self.rewards, self.masks, self.keys = [], [], [], [], []

    def before(self, info):
        self.sightings.before(info)

    def add(self, observation, info, reward):
        self.obs.append(flat(observation))
        self.infos.append(info)
        self.rewards.append(reward)
        self.keys.append(self.env.episode_key)
        if reward is not None:
            self.sightings.after(info)
        if self.masked:
            over = info["reason"] is not None
            self.masks.append(None if over else self.env.action_masks())

    def track(self):
        infos = self.infos
        names = tuple(infos[0]["reward_terms"])
        columns = {
            name: np.array([info[name] for info in infos])
            for name in (*MONEY, *PERCENT, *COUNTS)
            if name not in ("reason", "number", "first_row")
        }
        columns["reason"] = np.array([REASONS.index(info["reason"] or "") for info in infos])
        columns["number"] = np.array([info["metadata"]["trial_num"] for info in infos])
        columns["first_row"] = np.array([info["metadata"]["first_row"] for info in infos])
        return Track(
            is_reset=np.array([one is None for one in self.rewards]),
            obs=np.array(self.obs),
            reward=np.array([0.0 if one is None else one for one in self.rewards]),
            terms=np.array([[info["reward_terms"][name] for name in names] for info in infos]),
            position=np.array([np.atleast_1d(info["position"]) for info in infos]),
            price=np.array([np.atleast_1d(info["price"]) for info in infos]),
            mask=mask_rows(self.masks, columns["reason"]) if self.masked else None,
            key=np.array(self.keys, dtype=np.uint64),
            columns=columns,
            term_names=names,
            seen=self.sightings.seen,
        )


def flat(observation):
    """Return an observation as one row, modes in the order of their names."""
    if isinstance(observation, dict):
        return np.concatenate([observation[name].ravel() for name in sorted(observation)])
    return observation

"""Which bars an episode gets."""

from tradegym.envs.data.sampling.bars import EpisodeBars
from tradegym.envs.data.sampling.options import SamplingOptions
from tradegym.envs.data.sampling.request import EpisodeRequest, parse_request
from tradegym.envs.data.sampling.sampler import EpisodeSampler

__all__ = ["EpisodeBars", "EpisodeRequest", "EpisodeSampler", "SamplingOptions", "parse_request"]

"""Pictures of episodes and observations as RGB arrays, drawn without a display."""

from tradegym.envs.rendering.episode import render_episode
from tradegym.envs.rendering.human import render_human
from tradegym.envs.rendering.renderers import RENDERERS, Scene, render, renderer, save_png
from tradegym.envs.rendering.state import render_state

__all__ = [
    "RENDERERS",
    "Scene",
    "render",
    "render_episode",
    "render_human",
    "render_state",
    "renderer",
    "save_png",
]

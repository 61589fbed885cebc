"""Pictures of episodes and observations, drawn without a display."""

from tradegym.envs.rendering.episode import render_episode
from tradegym.envs.rendering.human import render_human
from tradegym.envs.rendering.look import Look, look_of
from tradegym.envs.rendering.renderers import RENDERERS, draw, render, renderer, save_png
from tradegym.envs.rendering.scene import Scene
from tradegym.envs.rendering.state import render_state
from tradegym.envs.rendering.text import render_text
from tradegym.envs.rendering.window import Window

__all__ = [
    "RENDERERS",
    "Look",
    "Scene",
    "Window",
    "draw",
    "look_of",
    "render",
    "render_episode",
    "render_human",
    "render_state",
    "render_text",
    "renderer",
    "save_png",
]

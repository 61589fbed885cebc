"""An episode as one interactive HTML file that needs no network."""

from tradegym.envs.rendering.page.write import save_page

__all__ = ["save_page"]

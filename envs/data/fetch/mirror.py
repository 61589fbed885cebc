"""The address of a request when another server answers in place of the provider's own."""

from urllib.parse import urlsplit


def on_mirror(url: str, base_url: str) -> str:
    """Return ``url`` with the scheme and host (and leading path) of ``base_url``.

    Parameters
    ----------
    url : str
        Such as ``https://api.example.org/api/v3/klines?limit=5``.
    base_url : str
        Such as ``http://127.0.0.1:8000`` or ``https://mirror.example.org/prices``.

    Returns
    -------
    str
        Such as ``http://127.0.0.1:8000/api/v3/klines?limit=5``.
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url}{parts.path}{query}"

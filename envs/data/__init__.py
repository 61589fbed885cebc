"""Market data: immutable bars, where they come from, and which of them an episode may use."""

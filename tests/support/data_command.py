"""What a command answered: JSON, or one line of refusal."""

import json


def parsed(done):
    """Return the JSON of a command that succeeded."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refusal(done):
    """Return the only line of a command that refused its input."""
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    return done.stderr

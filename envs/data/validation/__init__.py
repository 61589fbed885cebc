"""What looks wrong in bars that can be read: findings with a severity, a place and a fix."""

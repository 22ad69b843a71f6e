"""A batch against the shapes: findings in both languages, each at its cell."""

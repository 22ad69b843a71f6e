"""A release brought to the engine of ``MIECO_ENGINE``, and switched to there."""

"""SPARQL against a release, evaluated by workers that can be killed.

``base`` is the seam: the :class:`~mieco.engine.base.Engine` protocol and its values.
``embedded`` implements it with a *zygote* process that loads the release once into
memory and forks the query *workers*; ``current`` keeps the engine of the current
release at hand and follows a new one.
"""

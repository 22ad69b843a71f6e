"""What other hosts hold: SERVICE and LOAD, through one guarded door.

``outside`` decides which addresses may be reached and fetches from them; ``services`` puts
the SERVICE clauses of a text to their endpoints, ``loads`` fetches the documents of LOAD.
"""

"""The questions, the things and the ontology as tools of an MCP server, read-only.

``tools`` says what a tool is; ``question_tools``, ``thing_tools`` and ``schema_tool`` make them;
``toolbox`` has those of one release.  None of these knows the MCP SDK: ``server`` alone does.
"""

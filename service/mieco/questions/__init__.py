"""The competency questions: one file each, a query whose header says how to ask it."""

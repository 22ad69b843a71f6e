"""The workbook and the CSV files that the secretariat of a consortium fills in.

Sheets, columns, words to choose from and what is required come from the specification, the
ontology and the shapes, so that a template never asks for what the checks do not know.
"""

from __future__ import annotations

from mieco.template.delimited import csv_files
from mieco.template.source import Template, installed_template
from mieco.template.workbook import write_template

__all__ = ["Template", "csv_files", "installed_template", "write_template"]

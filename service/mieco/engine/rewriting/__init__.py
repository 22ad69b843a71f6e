"""Queries put in other words that mean the same and cost less.

Each rewrite is a module: its docstring proves under which conditions the answers stay the same, and
it makes its edits only where they hold.  What the grammar here does not know stays as it is; the
engine alone judges what is valid.
"""

from mieco.engine.rewriting.characteristics import Characteristics
from mieco.engine.rewriting.label_texts import LabelTexts
from mieco.engine.rewriting.rewriting import TEXTS, Rewritten, begun, rewritten
from mieco.engine.rewriting.sizes import Sizes

__all__ = ["TEXTS", "Characteristics", "LabelTexts", "Rewritten", "Sizes", "begun", "rewritten"]

"""Vocabularies: Athena or the demo, French codes, and the way from one to the other."""

from etl.vocabulary.athena import load_athena
from etl.vocabulary.loading import Loaded, load_demo

__all__ = ["Loaded", "load_athena", "load_demo"]

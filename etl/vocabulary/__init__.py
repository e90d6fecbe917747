"""Vocabularies: Athena or the demo, French codes, and the way from one to the other."""

from etl.vocabulary.athena import load_athena
from etl.vocabulary.loading import Loaded, load_demo
from etl.vocabulary.version import VocabularyVersion, loaded_version

__all__ = ["Loaded", "VocabularyVersion", "load_athena", "load_demo", "loaded_version"]

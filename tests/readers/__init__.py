"""Our outputs against what the programs of others gave for the same CDM.

    python -m tests.readers FOLDER

``FOLDER`` holds one folder per CDM: ``cdm/*.parquet`` and ``expected/``.
"""

"""Readers of the ledger: explain a row both ways, examine an installation."""

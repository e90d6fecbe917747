"""A coherent synthetic SNDS, at any scale, with known answers."""

from etl.synthetic.generate import SynthReport, generate

__all__ = ["SynthReport", "generate"]

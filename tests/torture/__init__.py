"""Parts are killed, stopped and starved while real calls run, and what was lost is counted.

`make torture N=…` runs the long campaign; `make test` runs a slice of each with the same code.
"""

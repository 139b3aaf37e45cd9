"""One module per vector file, of the same name: `check(case)` recomputes a case and refuses what must be refused."""

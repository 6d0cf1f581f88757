"""The command line: one command a file, over the public names of searchkit alone."""

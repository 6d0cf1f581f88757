"""Documents that have enough of the terms to win: nothing of it is seen from Python."""

"""How many calls to start right now: pure decisions with the figures behind them."""

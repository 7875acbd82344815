"""``dialer doctor``: looks at every part as it is set up, and says for each fault what to do about it."""

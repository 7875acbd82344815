"""Makes the scripted peers of this folder importable from every test below it."""

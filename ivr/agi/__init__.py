"""FastAGI: a pure wire module, an asyncio server, one line, and the runner of flows."""

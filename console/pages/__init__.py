"""Pages for people: sign-in, manager, agent. Their every action is also a call of the API."""

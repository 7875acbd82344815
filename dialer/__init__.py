"""How many calls to place, placing them, agents and routing. AMI lives here."""

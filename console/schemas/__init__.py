"""What goes over the wire, one module per noun. Knows the data classes of the rooms below, no HTTP."""

"""What a town wants to know before it decides: a district in figures, statistics joined to its areas."""

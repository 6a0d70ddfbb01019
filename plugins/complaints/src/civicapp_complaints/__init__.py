"""Complaints of residents: from a phone to the office that mends it, and back."""

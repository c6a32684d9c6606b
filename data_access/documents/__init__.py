"""Papers that leave the office: statements and explanations, as PDF."""

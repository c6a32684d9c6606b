"""The month-end pack: its tables, its PDF and CSV files in one zip, and the command that writes them."""

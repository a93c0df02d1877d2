"""What names mean: the tables of a statement, where they are, their columns and keys, the rows read for them."""

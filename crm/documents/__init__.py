"""Documents as bytes: letters, forms, tables. Pure rendering: what is drawn is given, nothing is looked up."""

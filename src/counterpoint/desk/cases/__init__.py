"""Pages of casework: the list, a case with its parts, and a page for each thing that can be done."""

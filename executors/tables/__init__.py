"""Reading the rows of uploaded tables: text, CSV, spreadsheets, and ZIP archives of them."""

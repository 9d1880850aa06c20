"""From a notebook to files: runs, pages, slides, decks, and the lists of them."""

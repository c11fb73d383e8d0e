"""Texts from a broker as a terminal may have them."""


def visible(text: str) -> str:
    r"""Return a text in one line; what could move the cursor is shown as \x1b, \n and so on."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )

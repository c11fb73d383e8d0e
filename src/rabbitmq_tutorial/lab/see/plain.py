"""Texts from a broker as a terminal may have them."""


def visible(text: str) -> str:
    r"""Return a text in one line; what could move the cursor is shown as \x1b, \n and so on.

    Unlike printable, it also shows what has no width, and blanks that are no ordinary ones: two
    names that differ must look different.
    """
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )

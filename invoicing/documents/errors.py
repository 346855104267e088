"""What can keep a document from being made. None of these is a customer's fault, so none is a `DomainError`."""

from collections.abc import Iterable


class DocumentError(Exception):
    """A document was not made; nothing half-made is left."""


class InvalidSnapshot(DocumentError, ValueError):
    """The figures or texts of a snapshot contradict each other."""


class DocumentToolMissing(DocumentError):
    """A font or library of the system is missing. `package` is the Debian package that brings it."""

    def __init__(self, what: str, package: str) -> None:
        self.package = package
        super().__init__(f"{what} is missing: documents need the Debian package {package}.")


class MissingGlyph(DocumentError):
    """No font has a shape for a character, so it would print as an empty box. `characters` names them, sorted."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = "".join(sorted(set(characters)))
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in self.characters)
        super().__init__(f"No document font can print: {named}.")


class DoesNotFit(DocumentError):
    """A text is longer than its place on the face, even in the smallest print."""

    def __init__(self, place: str, text: str) -> None:
        self.place = place
        super().__init__(
            f"The text of {len(text)} characters does not fit its place on the invoice: {place}."
        )

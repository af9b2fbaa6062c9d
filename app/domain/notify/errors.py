"""What can go wrong with messages and their templates.

TinkoError
├── UnauthenticatedError
│   └── ReceiptUnsignedError   a receipt that the provider did not sign
├── ConflictError
│   └── TemplateExistsError    the organization has one for that event, channel and language
└── InvalidError
    └── TemplateInvalidError   a text that could not be sent; says where
"""

from app.domain.errors import ConflictError, InvalidError, UnauthenticatedError


class ReceiptUnsignedError(UnauthenticatedError):
    """The receipt's signature or token is missing or wrong."""

    default_code = "signature_invalid"


class TemplateExistsError(ConflictError):
    """There is a template for that event, channel and language already: change it instead."""

    default_code = "template_exists"


class TemplateInvalidError(InvalidError):
    """The text does not parse, uses a name that is not known, or lacks one that it must show."""

    default_code = "template_invalid"

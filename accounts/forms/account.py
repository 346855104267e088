"""What people type about themselves: signing in, and where invoices go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.paper_fields import PaperField, PhoneField, PostcodeField
from accounts.models import Address, RecipientEmail


class EmailForm(forms.ModelForm):
    class Meta:
        model = RecipientEmail
        fields = ("email", "is_default")
        labels = {"is_default": _("Use it by default")}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}


class AddressForm(forms.ModelForm):
    class Meta:
        model = Address
        fields = ("recipient", "phone", "line", "postcode", "is_default")
        field_classes = {
            "recipient": PaperField,
            "phone": PhoneField,
            "line": PaperField,
            "postcode": PostcodeField,
        }
        labels = {"is_default": _("Use it by default")}
        widgets = {
            "recipient": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "line": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

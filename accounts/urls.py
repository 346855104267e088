"""Addresses about the customer account itself: inbox, certification, tickets."""

from django.urls import path

from accounts.views import account, certification, tickets

app_name = "accounts"
urlpatterns = [
    path("inbox/", account.inbox, name="inbox"),
    path("inbox/read/", account.read_all, name="read_all"),
    path("certification/", certification.certification, name="certification"),
    path("certification/new/", certification.certify, name="certify"),
    path("certification/name/new/", certification.change_name, name="change_name"),
    path(
        "certification/<int:request_id>/cancel/",
        certification.cancel,
        name="certification_cancel",
    ),
    path("uploads/<int:file_id>/", certification.upload, name="upload"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/new/", tickets.ticket_new, name="ticket_new"),
    path("tickets/<int:ticket_id>/", tickets.ticket, name="ticket"),
    path("tickets/<int:ticket_id>/write/", tickets.ticket_write, name="ticket_write"),
    path("tickets/<int:ticket_id>/close/", tickets.ticket_close, name="ticket_close"),
    path(
        "tickets/<int:ticket_id>/files/<int:file_id>/",
        tickets.ticket_file,
        name="ticket_file",
    ),
]

"""Addresses of people: signing in, settings, inbox."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import certification_views, ticket_views, views

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("customer/", views.choose_customer, name="choose_customer"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read_all, name="read_all"),
    path("certification/", certification_views.certification, name="certification"),
    path("certification/new/", certification_views.certify, name="certify"),
    path("certification/name/new/", certification_views.change_name, name="change_name"),
    path(
        "certification/<int:request_id>/cancel/",
        certification_views.cancel,
        name="certification_cancel",
    ),
    path("uploads/<int:file_id>/", certification_views.upload, name="upload"),
    path("tickets/", ticket_views.tickets, name="tickets"),
    path("tickets/new/", ticket_views.ticket_new, name="ticket_new"),
    path("tickets/<int:ticket_id>/", ticket_views.ticket, name="ticket"),
    path("tickets/<int:ticket_id>/write/", ticket_views.ticket_write, name="ticket_write"),
    path("tickets/<int:ticket_id>/close/", ticket_views.ticket_close, name="ticket_close"),
    path(
        "tickets/<int:ticket_id>/files/<int:file_id>/",
        ticket_views.ticket_file,
        name="ticket_file",
    ),
]

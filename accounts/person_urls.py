"""Addresses of a person, whoever the customer is: signing in and out, language, theme, the way into the console."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import account

app_name = "person"
urlpatterns = [
    path("", account.home, name="home"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", account.language, name="language"),
    path("theme/", account.theme, name="theme"),
]

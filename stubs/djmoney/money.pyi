import moneyed

class Money(moneyed.Money):
    decimal_places: int

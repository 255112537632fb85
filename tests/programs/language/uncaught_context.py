# exit: 1
# An exception raised while another is handled, from a method, with markers at the operation.
class Store:
    def __init__(self):
        self.items = {}

    def find(self, key):
        try:
            return self.items[key]
        except KeyError:
            return self.missing.value + key


def recurse(n):
    if n == 0:
        return Store().find("name")
    return recurse(n - 1)


recurse(6)

# exit: 7
# SystemExit ends the program with its code, running finally clauses on the way.
def leave():
    try:
        raise SystemExit(7)
    finally:
        print("finally runs")


leave()
print("never")

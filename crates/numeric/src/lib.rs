//! Big-integer digit arithmetic and float text conversion, free of Python objects.

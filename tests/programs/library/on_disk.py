# The library is found on the disk by who looks for it there.
import os
import os.path

folder = os.path.dirname(os.__file__)
names = os.listdir(folder)
print(all(name in names for name in ['os.py', 'json', 'argparse.py']))
with open(os.__file__) as file:
    print(file.readline().startswith('r"""OS routines'))
print(os.path.isdir(os.path.join(folder, 'json')))

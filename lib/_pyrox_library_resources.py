"""importlib.resources for packages of the library that the executable holds."""

import io
import os

from importlib.resources.abc import Traversable, TraversableResources

import _library
from _pyrox_library import _relative


class LibraryPath(Traversable):
    """A file or folder of the library."""

    def __init__(self, path):
        self._path = path

    def __repr__(self):
        return f'{self.__class__.__name__}({self._path!r})'

    def __str__(self):
        return self._path

    @property
    def name(self):
        """The last part of the path."""
        return self._path.rpartition('/')[2]

    def iterdir(self):
        """The entries of the folder."""
        for name in _library.listdir(_relative(self._path)):
            yield LibraryPath(f'{self._path}/{name}')

    def is_dir(self):
        """Whether this is a folder."""
        return _library.is_folder(_relative(self._path))

    def is_file(self):
        """Whether this is a file."""
        return _library.data(_relative(self._path)) is not None

    def joinpath(self, *descendants):
        """The path of something below this folder."""
        return LibraryPath('/'.join([self._path, *map(os.fspath, descendants)]))

    __truediv__ = joinpath

    def read_bytes(self):
        """The content."""
        data = _library.data(_relative(self._path))
        if data is None:
            raise FileNotFoundError(self._path)
        return data

    def read_text(self, encoding=None, errors=None):
        """The content as text."""
        with self.open(encoding=encoding, errors=errors) as file:
            return file.read()

    def open(self, mode='r', *args, **kwargs):
        """A stream of the content."""
        stream = io.BytesIO(self.read_bytes())
        return stream if 'b' in mode else io.TextIOWrapper(stream, *args, **kwargs)


class LibraryReader(TraversableResources):
    """The data files of one package."""

    def __init__(self, path):
        self._path = path

    def files(self):
        """The package's folder."""
        return LibraryPath(self._path)

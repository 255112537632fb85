"""Imports the standard library that the executable holds.

To Python the library looks like the folder `sys._stdlib_dir`, which stands on `sys.path`; its files need not exist.
Real files in such a folder are found too, behind those of the executable.
"""

import _frozen_importlib as _bootstrap
import _frozen_importlib_external as _external
import _library
import sys


def _relative(path):
    """The path within the library, or None if it lies elsewhere."""
    root = sys._stdlib_dir
    if path == root:
        return ''
    if path.startswith(root + '/'):
        return path[len(root) + 1:].rstrip('/')
    return None


class LibraryLoader:
    """Loads one module of the library."""

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def __eq__(self, other):
        return self.__class__ is other.__class__ and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(self.name) ^ hash(self.path)

    def __repr__(self):
        return f'<{self.__class__.__name__} of {self.path!r}>'

    def create_module(self, spec):
        """Leave the making of the module to the import system."""

    def exec_module(self, module):
        """Run the module's code."""
        _bootstrap._call_with_frames_removed(exec, self.get_code(module.__name__), module.__dict__)

    def load_module(self, fullname):
        """Load the module; deprecated."""
        return _bootstrap._load_module_shim(self, fullname)

    def get_code(self, fullname):
        """The code object of the module."""
        return _library.code(self.name, self.path)

    def get_source(self, fullname):
        """The source text of the module."""
        return _library.source(self.name)

    def get_filename(self, fullname=None):
        """The path that the module's file would have."""
        return self.path

    def is_package(self, fullname):
        """Whether the module is a package."""
        return self.path.endswith('/__init__.py')

    def get_data(self, path):
        """The bytes of a file of the library."""
        relative = _relative(path)
        data = None if relative is None else _library.data(relative)
        if data is None:
            with open(path, 'rb') as file:
                return file.read()
        return data

    def path_stats(self, path):
        """What the source loaders tell of a file: the library has no times."""
        return {'mtime': 0, 'size': len(self.get_data(path))}

    def get_resource_reader(self, fullname):
        """Access to the package's data files, for importlib.resources."""
        if not self.is_package(fullname):
            return None
        from _pyrox_library_resources import LibraryReader
        return LibraryReader(self.path.rpartition('/')[0])


class _DiskFinder(_external.FileFinder):
    """Finds real files in a folder of the library, without having the library's own written there."""

    def _fill_cache(self):
        _library.hold(True)
        try:
            _external.FileFinder._fill_cache(self)
        finally:
            _library.hold(False)


class LibraryFinder:
    """Finds modules in one folder of the library."""

    def __init__(self, path):
        folder = _relative(path)
        if folder is None or not _library.is_folder(folder):
            raise ImportError('not a folder of the library', path=path)
        self.path = path
        self._package = folder.replace('/', '.') + '.' if folder else ''
        self._files = None

    def __repr__(self):
        return f'{self.__class__.__name__}({self.path!r})'

    def find_spec(self, fullname, target=None):
        """The module's spec, or None."""
        found = _library.find(self._package + fullname.rpartition('.')[2])
        if found is None:
            return self._on_disk().find_spec(fullname, target)
        file, is_package = found
        path = f'{sys._stdlib_dir}/{file}'
        loader = LibraryLoader(self._package + fullname.rpartition('.')[2], path)
        spec = _bootstrap.ModuleSpec(fullname, loader, origin=path, is_package=is_package)
        if is_package:
            spec.submodule_search_locations.append(path.rpartition('/')[0])
        spec.has_location = True
        return spec

    def _on_disk(self):
        if self._files is None:
            self._files = _DiskFinder(self.path, *_external._get_supported_file_loaders())
        return self._files

    def invalidate_caches(self):
        """Forget what was seen on the disk."""
        if self._files is not None:
            self._files.invalidate_caches()

    def iter_modules(self, prefix=''):
        """(name, is_package) of each module, for pkgutil."""
        folder = _relative(self.path)
        seen = set()
        for name in _library.listdir(folder):
            module = name.removesuffix('.py')
            if module == '__init__' or not module.isidentifier():
                continue
            found = _library.find(self._package + module)
            if found is not None and module not in seen:
                seen.add(module)
                yield prefix + module, found[1]


def install():
    """Let the library's folders on sys.path be read by this importer."""
    sys.path_hooks.insert(0, LibraryFinder)

"""Images of packages: a layer for each package, a configuration that is its specfile, too.

Pure: nothing is read or written here but the archives that are asked about.
"""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.buildcache.transports.oci_registry import CONFIG, LAYER, MANIFEST
from spack.errors import SpackError
from spack.language.targets import family
from spack.named_tuples import NamedTuple
from spack.type_names import IO, Any

#: The annotation of a layer that says where its package is in the image.
PREFIX = "org.spack.prefix"
_DESCRIPTION = "org.opencontainers.image.description"
#: File of an archive that says where its package was.
_FACTS = "/.spack/binary_distribution"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "x86": "386", "i686": "386"}
#: Variables of containers, and the directories below prefixes that they list.
_VARIABLES = {
    "PATH": ("bin",),
    "MANPATH": ("share/man",),
    "PKG_CONFIG_PATH": ("lib/pkgconfig", "lib64/pkgconfig", "share/pkgconfig"),
    "CMAKE_PREFIX_PATH": ("",),
}
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ImageError(SpackError):
    """An archive or specfile that no image can be made of."""


class Layer(NamedTuple):
    """A layer of an image.

    Attributes:
        digest: of the compressed bytes; ``size`` is their number.
        diff_id: digest of the bytes that are compressed.
        prefix: directory of its package in the image; "" for a layer of a base image.
        media_type: of the bytes.
    """

    digest: str
    size: int
    diff_id: str
    prefix: str = ""
    media_type: str = LAYER

    def descriptor(self) -> dict[str, Any]:
        """Its entry in a manifest."""
        found: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.prefix:
            found["annotations"] = {PREFIX: self.prefix}
        return found


class BaseImage(NamedTuple):
    """The layers below those of packages, and the configuration of that image."""

    layers: tuple[Layer, ...] = ()
    config: Mapping[str, Any] = {}


class Contents(NamedTuple):
    """The facts about an archive that an image states: see :class:`Layer`."""

    diff_id: str
    prefix: str


class _Inflated:
    """The bytes in a gzip file, hashed while they are read. Raises ImageError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._buffer = b""
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end."""
        parts, missing = [], size
        while missing:
            if not self._buffer:
                self._buffer = self._more()
                if not self._buffer:
                    break
            parts.append(self._buffer[:missing])
            self._buffer = self._buffer[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        data = b""
        while not data and not self._inflater.eof:
            block = self._inflater.unconsumed_tail or self._stream.read(1 << 18)
            if not block:
                raise ImageError("the archive is not complete")
            try:
                data = self._inflater.decompress(block, 1 << 20)
            except zlib.error as error:
                raise ImageError(f"the archive is damaged: {error}") from error
        self.digest.update(data)
        return data


def contents_of(path: str) -> Contents:
    """The facts about the archive of a package. Raises ImageError and OSError."""
    with open(path, "rb") as stream:
        inflated = _Inflated(stream)
        prefix = ""
        try:
            with tarfile.open(fileobj=inflated, mode="r|") as archive:  # type: ignore[call-overload]
                for member in archive:
                    if member.name.endswith(_FACTS):
                        prefix = "/" + member.name[: -len(_FACTS)].lstrip("/")
                        break
        except tarfile.TarError as error:
            raise ImageError(f"the archive is damaged: {error}") from error
        while inflated.read(1 << 20):
            pass
    return Contents("sha256:" + inflated.digest.hexdigest(), prefix)


def dependencies_of(specfile: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The nodes that the root of a specfile links to or runs with, in all, dependencies first.

    Without externals and without the root. Raises ImageError.
    """
    try:
        nodes = {node["hash"]: node for node in specfile["spec"]["nodes"]}
        root = specfile["spec"]["nodes"][0]["hash"]
        done: dict[str, bool] = {}
        stack: list[tuple[str, Iterator[str]]] = [(root, _needed(nodes[root]))]
        seen = {root}
        while stack:
            current, children = stack[-1]
            child = next(children, None)
            if child is None:
                done[current] = True
                stack.pop()
            elif child not in seen:
                seen.add(child)
                stack.append((child, _needed(nodes[child])))
        del done[root]
        return [nodes[one] for one in done if not nodes[one].get("external")]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ImageError(f"the specfile is damaged: {error!r}") from error


def _needed(node: Mapping[str, Any]) -> Iterator[str]:
    """Hashes of what a node links to or runs with."""
    for edge in node.get("dependencies", ()):
        if {"link", "run"} & set(edge["parameters"]["deptypes"]):
            yield edge["hash"]


def tag_text(node: Mapping[str, Any]) -> str:
    """``name-version-hash`` of a node."""
    return f"{node['name']}-{node['version']}-{node['hash']}"


def configuration(
    specfile: Mapping[str, Any], layers: Sequence[Layer], base: BaseImage, own: Layer | None = None
) -> dict[str, Any]:
    """The configuration of an image.

    Args:
        specfile: of the package that the image is of; without one the image only joins layers.
        layers: of all packages, the one whose programs are found first the last.
        own: layer of the package.
    """
    below = base.config.get("config")
    settings: dict[str, Any] = dict(below) if isinstance(below, dict) else {}
    settings["Env"] = _variables(settings.get("Env"), [layer.prefix for layer in layers])
    every = (*base.layers, *layers)
    found: dict[str, Any] = {
        "architecture": base.config.get("architecture") or _architecture(specfile),
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in every]},
        "config": settings,
    }
    if own is not None:
        found.update(
            spec=specfile["spec"],
            buildcache_layout_version=specfile.get("buildcache_layout_version", 2),
            binary_cache_checksum={
                "hash_algorithm": "sha256",
                "hash": own.digest.partition(":")[2],
            },
            archive_size=own.size,
            archive_compression="gzip",
        )
    return found


def _architecture(specfile: Mapping[str, Any]) -> str:
    try:
        target = specfile["spec"]["nodes"][0]["arch"]["target"]
    except (KeyError, IndexError, TypeError) as error:
        raise ImageError("the specfile names no target") from error
    name = family(str(target["name"] if isinstance(target, dict) else target))
    return _ARCHITECTURES.get(name, name)


def _variables(below: object, prefixes: Iterable[str]) -> list[str]:
    """Variables with which programs of packages are found before those of the base image."""
    known = [text for text in below if isinstance(text, str)] if isinstance(below, list) else []
    pairs = dict(text.partition("=")[::2] for text in known)
    roots = [prefix for prefix in reversed(list(prefixes)) if prefix]
    for name, directories in _VARIABLES.items():
        places = [f"{root}/{one}".rstrip("/") for root in roots for one in directories]
        rest = pairs.get(name) or (_USUAL_PATH if name == "PATH" else "")
        if name == "MANPATH" and not rest:
            places.append("")  # goes on with the usual places
        if places or rest:
            pairs[name] = ":".join([*places, rest] if rest else places)
    return [f"{name}={value}" for name, value in pairs.items()]


def manifest(
    config: str, size: int, layers: Sequence[Layer], description: str = ""
) -> dict[str, Any]:
    """The manifest of an image whose configuration has this digest and so many bytes."""
    found: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config, "size": size},
        "layers": [layer.descriptor() for layer in layers],
    }
    if description:
        found["annotations"] = {_DESCRIPTION: description}
    return found


def layers_of(image: Mapping[str, Any], config: Mapping[str, Any]) -> list[Layer]:
    """The layers that a manifest and its configuration describe. Raises ImageError."""
    try:
        diff_ids = config["rootfs"]["diff_ids"]
        found = [
            Layer(
                _text(one["digest"]),
                int(one["size"]),
                _text(diff_id),
                _text((one.get("annotations") or {}).get(PREFIX, "")),
                _text(one["mediaType"]),
            )
            for one, diff_id in zip(image["layers"], diff_ids)
        ]
        if len(found) != len(image["layers"]) or len(found) != len(diff_ids):
            raise ImageError("the layers of an image are not those of its configuration")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ImageError(f"the manifest of an image is damaged: {error!r}") from error
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def prefix_in(config: Mapping[str, Any], digest: str) -> str:
    """The prefix of the package of a hash, by the variables of its image; "" if none names it."""
    settings = config.get("config")
    variables = settings.get("Env") if isinstance(settings, dict) else None
    for text in variables if isinstance(variables, list) else ():
        name, _, value = str(text).partition("=")
        if name == "CMAKE_PREFIX_PATH":
            return next((one for one in value.split(":") if one.endswith(digest)), "")
    return ""


def of_architecture(index: Mapping[str, Any], specfile: Mapping[str, Any]) -> str:
    """The digest of the image, in a list of images, for the machine of a package.

    Raises ImageError if there is none.
    """
    wanted = _architecture(specfile)
    try:
        for one in index["manifests"]:
            place = one.get("platform") or {}
            if place.get("architecture") == wanted and place.get("os") == "linux":
                return _text(one["digest"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ImageError("the list of a base image is damaged") from error
    raise ImageError(f"the base image has no variant for {wanted}")

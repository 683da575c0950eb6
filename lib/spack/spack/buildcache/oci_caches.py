"""Caches in OCI registries: an image for each package, under the paths of other caches.

The manifest of a package stands for its image and is made from it when it is read. A package is
seen once its tag is there, which is sent last. Registries know no signatures of Spack's kind.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.buildcache import layout
from spack.buildcache.transports import oci_images as images
from spack.buildcache.transports import oci_names as names
from spack.buildcache.transports.oci_registry import (
    INDEX,
    LAYER,
    MANIFEST,
    OLD_INDEX,
    ImageManifest,
    Registry,
)
from spack.buildcache.transports.port import Content, UploadError, absent
from spack.buildcache.transports.served import AT_ONCE, ServedFiles, present
from spack.errors import NotFoundError, SpackError
from spack.named_tuples import NamedTuple
from spack.sources.fetching.parallel import in_parallel
from spack.sources.fetching.requests import NetworkSettings, RequestOptions
from spack.sources.fetching.retries import DownloadError
from spack.type_names import Any

#: Bytes of the configuration of an image, which holds a specfile.
_CONFIG_LIMIT = layout.SPECFILE_LIMIT
#: Bytes of an index that is made plain before it is sent.
_INDEX_LIMIT = 1 << 30
#: Blobs up to this size that were sent are kept for the manifest that names them.
_SMALL = 1 << 20
_EMPTY = b"{}"


class _Sent(NamedTuple):
    """A blob that this process sent: its bytes if it is small, the facts about an archive."""

    size: int
    data: bytes | None = None
    contents: images.Contents | None = None


class OciTransport:
    """The packages in a repository of images, ``oci://registry/name``.

    See :class:`~spack.buildcache.transports.port.Transport`. ``base_image`` is the image below
    those of packages that are pushed. Raises ConfigurationError for an address of no use.
    """

    is_layered = True

    def __init__(
        self,
        url: str,
        network: NetworkSettings = NetworkSettings(),
        options: RequestOptions = RequestOptions(),
        base_image: str | None = None,
    ) -> None:
        self._repository = names.repository_of(url)
        self.url = f"{url.partition('://')[0]}://{_place(self._repository)}"
        self._registry = Registry(self._repository, network, options)
        self._base = _BaseImage(base_image, self._registry, network, options)
        self._sent: dict[str, _Sent] = {}
        self._layers: dict[str, images.Layer] = {}
        self._lock = threading.Lock()
        self._blobs = ServedFiles(self.url, self._registry.client, _blob_address(self._repository))

    # -- reading -------------------------------------------------------------------------------

    def read(self, path: str, *, limit: int) -> bytes:
        tag = names.tag_of(path)
        if tag is not None:
            return self._stated(path, self._image(path, tag))
        if path == layout.LAYOUT_FILE:
            return layout.LAYOUT_TEXT
        return self._blobs.read(_known(self.url, path), limit)

    def read_changed(self, path: str, tag: str, *, limit: int) -> Content | None:
        name = names.tag_of(path)
        if name is None:
            return Content(self.read(path, limit=limit), "")
        image = self._image(path, name)
        return None if image.digest == tag else Content(self._stated(path, image), image.digest)

    def read_part(self, path: str, start: int, length: int) -> bytes:
        if names.digest_of(path) is None:
            return self.read(path, limit=layout.MANIFEST_LIMIT)[start : start + length]
        return self._blobs.read_part(path, start, length)

    def local_file(self, path: str) -> str | None:
        return None

    def download(self, path: str, target: str, *, size: int | None) -> None:
        self._blobs.download(_known(self.url, path), target, size)

    def _image(self, path: str, tag: str) -> ImageManifest:
        try:
            return self._registry.manifest(tag)
        except NotFoundError:
            raise absent(self.url, path) from None

    def _stated(self, path: str, image: ImageManifest) -> bytes:
        """The manifest of layout 3 for an image. Raises DownloadError if it is of another kind."""
        try:
            own, config = image.content["layers"][-1], image.content["config"]
            if names.is_index(names.tag_of(path) or ""):
                blobs = [_blob(layout.DATABASE, own, layout.PLAIN)]
            else:
                blobs = [
                    _blob(layout.ARCHIVE, own, layout.GZIP),
                    _blob(layout.SPECFILE, config, layout.PLAIN),
                ]
        except (KeyError, IndexError, TypeError, ValueError, NotFoundError) as error:
            reason = f"it is not the image of a package: {error!r}"
            raise DownloadError(f"{self.url}/{path}", reason) from error
        return layout.CacheManifest(tuple(blobs)).text().encode()

    def exists(self, paths: Iterable[str]) -> set[str]:
        return present(paths, self._is_there)

    def _is_there(self, path: str) -> bool:
        tag, digest = names.tag_of(path), names.digest_of(path)
        if tag is not None:
            return self._registry.has_manifest(tag)
        if digest is not None:
            return self._registry.has_blob(digest)
        return path == layout.LAYOUT_FILE

    def list(self, prefix: str) -> Iterator[str]:
        start = prefix.strip("/") + "/" if prefix.strip("/") else ""
        for tag in self._registry.tags():
            path = names.path_of(tag)
            if path is not None and path.startswith(start):
                yield path

    # -- writing -------------------------------------------------------------------------------

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        try:
            digest, tag = names.digest_of(path), names.tag_of(path)
            if digest is not None:
                self._put_blob(digest, source, media_type)
            elif tag is not None:
                self._put_image(path, tag, _bytes_of(source))
            elif path != layout.LAYOUT_FILE:
                raise UploadError(
                    f"{self.url}/{path}", "registries hold packages and their index, nothing else"
                )
        except DownloadError as error:
            raise UploadError(f"{self.url}/{path}", error.reason, hint=error.hint) from error
        except OSError as error:
            raise UploadError(f"{self.url}/{path}", error.strerror or str(error)) from error
        except (images.ImageError, layout.ManifestError, NotFoundError) as error:
            raise UploadError(f"{self.url}/{path}", error.message) from error

    def _put_blob(self, digest: str, source: str | bytes, media_type: str) -> None:
        contents = None
        if media_type == layout.ARCHIVE and isinstance(source, str):
            contents = images.contents_of(source)
        self._registry.put_blob(source, digest)
        size = len(source) if isinstance(source, bytes) else os.stat(source).st_size
        data = _bytes_of(source) if size <= _SMALL else None
        self._sent[digest] = _Sent(size, data, contents)

    def _put_image(self, path: str, tag: str, data: bytes) -> None:
        if layout.is_signed(data):
            raise UploadError(
                f"{self.url}/{path}",
                "OCI registries hold no signatures",
                hint="push with --unsigned, and set signed: false for the mirror",
            )
        stated = layout.parse_manifest(data, path)
        if names.is_index(tag):
            self._put_index(tag, stated.of_type(layout.DATABASE))
            return
        specfile = json.loads(self._content(stated.specfile, _CONFIG_LIMIT))
        if stated.archive.media_type != layout.ARCHIVE:
            raise images.ImageError("layers of images are compressed with gzip")
        own = self._own_layer(stated.archive)
        layers = [*self._layers_below(specfile), own]
        node = specfile["spec"]["nodes"][0]
        description = f"{node['name']}@{node['version']}"
        self._send_image(tag, specfile, layers, description, own)
        with self._lock:
            self._layers[tag] = own

    def _send_image(
        self,
        reference: str,
        specfile: Mapping[str, Any],
        layers: Sequence[images.Layer],
        description: str,
        own: images.Layer | None,
    ) -> None:
        base = self._base.below(specfile)
        config = images.configuration(specfile, layers, base, own)
        data = json.dumps(config, separators=(",", ":")).encode()
        digest = self._registry.put_blob(data)
        content = images.manifest(digest, len(data), [*base.layers, *layers], description)
        self._registry.put_manifest(reference, content, MANIFEST)

    def _put_index(self, tag: str, blob: layout.Blob) -> None:
        """Send an index as Spack reads it: one layer of plain JSON under an empty configuration."""
        data = self._content(blob, _INDEX_LIMIT)
        digest, config = self._registry.put_blob(data), self._registry.put_blob(_EMPTY)
        layer = images.Layer(digest, len(data), digest)
        content = images.manifest(config, len(_EMPTY), [layer])
        self._registry.put_manifest(tag, content, MANIFEST)

    def _content(self, blob: layout.Blob, limit: int) -> bytes:
        """The bytes in a blob that was sent, decompressed."""
        digest = f"sha256:{blob.checksum}"
        sent = self._sent.get(digest)
        data = sent.data if sent is not None else None
        if data is None:
            data = self._registry.blob(digest, limit)
        return gzip.decompress(data) if blob.compression == layout.GZIP else data

    def _own_layer(self, archive: layout.Blob) -> images.Layer:
        digest = f"sha256:{archive.checksum}"
        sent = self._sent.get(digest)
        contents = sent.contents if sent is not None else None
        if contents is None:
            with tempfile.TemporaryDirectory() as folder:
                target = os.path.join(folder, "archive")
                self._blobs.download(archive.path, target, archive.size)
                contents = images.contents_of(target)
        return images.Layer(digest, archive.size, contents.diff_id, contents.prefix)

    def _layers_below(self, specfile: Mapping[str, Any]) -> Sequence[images.Layer]:
        """The layers of what a package needs, as far as the repository has them."""
        nodes = images.dependencies_of(specfile)
        tags = [names.valid_tag(images.tag_text(node)) + names.PACKAGE_TAG for node in nodes]
        hashes = {tag: str(node["hash"]) for tag, node in zip(tags, nodes)}

        def layer_of(tag: str) -> images.Layer | None:
            try:
                return self._layer(tag, hashes[tag])
            except NotFoundError:
                return None

        found = []
        for layer in in_parallel(layer_of, tags, AT_ONCE):
            if isinstance(layer, SpackError):
                raise layer
            found += [layer] if layer is not None else []
        return found

    def _layer(self, tag: str, digest: str) -> images.Layer:
        """The layer of a package that is there. Raises NotFoundError."""
        known = self._layers.get(tag)
        if known is not None:
            return known
        image = self._registry.manifest(tag)
        config = _config(image, self._registry)
        layer = images.layers_of(image.content, config)[-1]
        if not layer.prefix:
            layer = layer._replace(prefix=images.prefix_in(config, digest))
        with self._lock:
            self._layers[tag] = layer
        return layer

    def delete(self, path: str) -> None:
        tag, digest = names.tag_of(path), names.digest_of(path)
        try:
            if tag is not None:
                self._registry.delete(tag)
            elif digest is not None:
                self._registry.delete_blob(digest)
        except DownloadError as error:
            raise UploadError(f"{self.url}/{path}", error.reason, hint=error.hint) from error

    # -- images for people ---------------------------------------------------------------------

    def tag_image(self, tag: str, paths: Sequence[str]) -> None:
        """Make one image of several packages and what they need, under a tag that people choose.

        ``paths`` are those of the manifests of the packages, which are in the repository; programs
        of the first are found first. Raises UploadError.
        """
        try:
            if not names.is_tag(tag) or names.path_of(tag) is not None:
                raise images.ImageError(f"'{tag}' cannot be the tag of an image")
            layers: dict[str, images.Layer] = {}
            specfile: Mapping[str, Any] = {}
            for path in reversed(paths):
                name = names.tag_of(path)
                if name is None:
                    raise images.ImageError(f"{path} is not a package")
                specfile = _config(self._image(path, name), self._registry)
                own = self._layer(name, str(specfile["spec"]["nodes"][0]["hash"]))
                for layer in (*self._layers_below(specfile), own):
                    layers.setdefault(layer.digest, layer)
            self._send_image(tag, specfile, list(layers.values()), "", None)
        except DownloadError as error:
            raise UploadError(f"{self.url}:{tag}", error.reason, hint=error.hint) from error
        except (images.ImageError, NotFoundError, KeyError, IndexError, TypeError) as error:
            reason = error.message if isinstance(error, SpackError) else repr(error)
            raise UploadError(f"{self.url}:{tag}", reason) from error


class _BaseImage:
    """The image below those of packages, whose layers are brought into their repository once."""

    def __init__(
        self,
        text: str | None,
        target: Registry,
        network: NetworkSettings,
        options: RequestOptions,
    ) -> None:
        self._text = text
        self._target = target
        self._network = network
        self._options = options
        self._found = images.BaseImage() if text is None else None
        self._lock = threading.Lock()

    def below(self, specfile: Mapping[str, Any]) -> images.BaseImage:
        """Its layers and configuration, for the machine of a package."""
        with self._lock:
            if self._found is None:
                self._found = self._fetch(self._text or "", specfile)
            return self._found

    def _fetch(self, text: str, specfile: Mapping[str, Any]) -> images.BaseImage:
        reference = names.image_reference(text, self._target.repository)
        is_near = reference.repository.root == self._target.repository.root
        options = self._options if is_near else RequestOptions()
        origin = Registry(reference.repository, self._network, options)
        image = origin.manifest(reference.reference)
        if image.media_type in (INDEX, OLD_INDEX) or "manifests" in image.content:
            image = origin.manifest(images.of_architecture(image.content, specfile))
        config = _config(image, origin)
        layers = images.layers_of(image.content, config)
        for layer in layers:
            if is_near and self._target.mount(layer.digest, reference.repository):
                continue
            if not self._target.has_blob(layer.digest):
                self._copy(layer, origin)
        return images.BaseImage(
            tuple(layer._replace(prefix="", media_type=_media_type(layer)) for layer in layers),
            config,
        )

    def _copy(self, layer: images.Layer, origin: Registry) -> None:
        address = _blob_address(origin.repository)
        files = ServedFiles(_place(origin.repository), origin.client, address)
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "layer")
            files.download(names.blob_path(layer.digest), target, layer.size)
            self._target.put_blob(target, layer.digest)


def _config(image: ImageManifest, registry: Registry) -> dict[str, Any]:
    """The configuration of an image."""
    try:
        digest = str(image.content["config"]["digest"])
    except (KeyError, TypeError) as error:
        raise images.ImageError("the manifest of an image is damaged") from error
    return registry.json_blob(digest, _CONFIG_LIMIT)


def _place(repository: names.ImageRepository) -> str:
    return f"{repository.root.partition('://')[2]}/{repository.name}"


def _blob_address(repository: names.ImageRepository) -> Any:
    return lambda path: repository.address(f"blobs/{names.digest_of(path)}")


def _known(url: str, path: str) -> str:
    """A path that names a blob. Raises NotFoundError for any other."""
    if names.digest_of(path) is None:
        raise absent(url, path)
    return path


def _bytes_of(source: str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as stream:
        return stream.read()


def _blob(media_type: str, entry: Mapping[str, Any], compression: str) -> layout.Blob:
    """The blob of an entry in the manifest of an image. Raises NotFoundError and ValueError."""
    digest, size = entry["digest"], entry["size"]
    if not isinstance(digest, str) or type(size) is not int or size < 0:
        raise ValueError("an entry of the manifest is damaged")
    names.blob_path(digest)
    return layout.Blob(media_type, digest.partition(":")[2], size, compression)


def _media_type(layer: images.Layer) -> str:
    """The media type of a layer in an image of the newer kind."""
    return LAYER if layer.media_type.endswith(".tar.gzip") else layer.media_type

"""Packages with parts for GPUs of NVIDIA."""

from typing import Iterable, List

from spack.package import (
    PackageBase,
    any_combination_of,
    conflicts,
    depends_on,
    variant,
    when,
)

#: Architecture: the first toolkit that makes code for it, and the last one (empty: still does).
_TOOLKITS = {
    "10": ("1.0", "6"),
    "11": ("1.0", "6"),
    "12": ("1.0", "6"),
    "13": ("1.0", "6"),
    "20": ("3.0", "8"),
    "21": ("3.0", "8"),
    "30": ("4.2", "10"),
    "32": ("6.0", "10"),
    "35": ("5.0", "11"),
    "37": ("6.5", "11"),
    "50": ("6.0", "12"),
    "52": ("6.5", "12"),
    "53": ("6.5", "12"),
    "60": ("8.0", "12"),
    "61": ("8.0", "12"),
    "62": ("8.0", "12"),
    "70": ("9.0", "12"),
    "72": ("9.1", "12"),
    "75": ("10.0", ""),
    "80": ("11.0", ""),
    "86": ("11.1", ""),
    "87": ("11.4", ""),
    "89": ("11.8", ""),
    "90": ("11.8", ""),
    "90a": ("12.0", ""),
    "100": ("12.8", ""),
    "100a": ("12.8", ""),
    "100f": ("12.9", ""),
    "101": ("12.8", "12"),
    "101a": ("12.8", "12"),
    "103": ("12.9", ""),
    "103a": ("12.9", ""),
    "110": ("13.0", ""),
    "110a": ("13.0", ""),
    "120": ("12.8", ""),
    "120a": ("12.8", ""),
    "120f": ("12.9", ""),
    "121": ("12.9", ""),
    "121a": ("12.9", ""),
}

#: Newest host compiler that the headers of a toolkit, and of all older ones, take.
_NEWEST_GCC = {
    "9.1": 6,
    "10.0": 7,
    "10.2": 8,
    "11.0": 9,
    "11.4.0": 10,
    "11.8": 11,
    "12.3": 12,
    "12.6": 13,
    "12.9": 14,
    "13.0": 15,
}
_NEWEST_CLANG = {
    "11.0": 9,
    "11.1": 10,
    "11.3": 11,
    "11.5": 12,
    "11.7": 13,
    "12.0": 14,
    "12.2": 15,
    "12.3": 16,
    "12.5": 17,
    "12.6": 18,
    "12.9": 19,
    "13.0": 20,
}


class CudaPackage(PackageBase):
    """Mixin with the variants ``cuda`` and ``cuda_arch``."""

    #: All values of ``cuda_arch``.
    cuda_arch_values = tuple(_TOOLKITS)

    variant("cuda", default=False, description="parts for GPUs of NVIDIA, with CUDA")
    variant(
        "cuda_arch",
        values=any_combination_of(*cuda_arch_values),
        sticky=True,
        when="+cuda",
        description="architectures that code is made for",
    )

    depends_on("cuda", when="+cuda")

    for arch, (first, last) in _TOOLKITS.items():
        depends_on(f"cuda@{first}:{last}", when=f"cuda_arch={arch}")
    del arch, first, last

    with when("+cuda"):
        for toolkit, newest in _NEWEST_GCC.items():
            conflicts(f"%gcc@{newest + 1}:", when=f"^cuda@:{toolkit}")
        for toolkit, newest in _NEWEST_CLANG.items():
            conflicts(f"%clang@{newest + 1}:", when=f"^cuda@:{toolkit}")
        del toolkit, newest

    @staticmethod
    def cuda_flags(arch_list: Iterable[str]) -> List[str]:
        """Arguments of ``nvcc`` for architectures: code for each, and what newer GPUs translate."""
        return [
            f"-gencode=arch=compute_{arch},code=[sm_{arch},compute_{arch}]" for arch in arch_list
        ]

    @staticmethod
    def compute_capabilities(arch_list: Iterable[str]) -> List[str]:
        """The same architectures as NVIDIA writes them: 8.0 for 80, 12.0a for 120a."""
        found = []
        for arch in arch_list:
            number = arch.rstrip("abcdefghijklmnopqrstuvwxyz")
            found.append(f"{number[:-1]}.{number[-1]}{arch[len(number) :]}")
        return found

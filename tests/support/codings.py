"""Content codings as hostile servers use them: bodies, and bombs that are quick to make."""

import gzip
import random
import zlib

import brotli
from backports import zstd

MIB = 1024 * 1024


def zstd_with_window(data, window_log):
    """One frame that needs a window of that size, whatever the data's own."""
    wanted = {
        zstd.CompressionParameter.window_log: window_log,
        zstd.CompressionParameter.content_size_flag: 0,
        zstd.CompressionParameter.compression_level: 1,
    }
    coder = zstd.ZstdCompressor(options=wanted)
    return coder.compress(data) + coder.flush()


def brotli_with_window(data, window_log):
    return brotli.compress(data, quality=1, lgwin=window_log)


CODE = {
    # Without the time, which a gzip has in its head: such bodies are in the names of tests.
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "br": lambda data: brotli_with_window(data, 22),
    "zstd": zstd.compress,
}


def coded(data, codings):
    """Apply codings in the order of the header, the last one outermost."""
    for name in (each.strip() for each in codings.split(",")):
        data = CODE[name](data)
    return data


def bomb(coding, size_mib):
    """Zeros: of gzip and zstd many members of 16 MiB, of br one stream with its largest window,
    which twenty megabytes that cannot be compressed have filled first."""
    if coding == "br":
        coder = brotli.Compressor(quality=1, lgwin=24)
        zeros = [coder.process(bytes(MIB)) for _ in range(size_mib)]
        return b"".join([*zeros, coder.finish()])
    member = {"gzip": lambda: gzip_of_zeros(16 * MIB), "zstd": lambda: zstd_zeros(16 * MIB)}[coding]
    return member() * (size_mib // 16)


def gzip_of_zeros(size):
    return gzip.compress(bytes(size), 9)


def zstd_zeros(size):
    return zstd_with_window(bytes(size), 23)


def filled_window(coding):
    """A body that fills the largest window its coding is allowed."""
    data = random.Random(4).randbytes(20 * MIB)
    return brotli_with_window(data, 24) if coding == "br" else zstd_with_window(data, 23)


def raw_deflate(data):
    return zlib.compress(data)

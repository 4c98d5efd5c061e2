"""The Fourier transform of complex frames of a power of two, in single precision, for compiled loops.

numba cannot call numpy's. Real and imaginary parts lie in arrays of their own, so that the loops become vector
instructions. Both channels of a stereo frame travel as one complex signal (left + j right).

A frame is taken as a table of some 64 rows: first along its columns, where it lies and with the results' order turned round,
then, once rows have become columns and are in order again, along the other direction by the self-sorting form. So all loops
run over many samples that lie side by side, whichever pass it is.

Sources: D. H. Bailey, "FFTs in external or hierarchical memory", 1990 (the table); W. M. Gentleman, G. Sande, "Fast Fourier
transforms: for fun and profit", 1966 (the first half); T. G. Stockham, "High-speed convolution and correlation", 1966 (the
self-sorting form); all of radix 4.
"""

from functools import lru_cache

import numpy as np

from media.compiled import compiled
from media.pcm import Samples


@lru_cache(maxsize=16)
def roots_of_unity(size: int) -> Samples:
    """Roots of unity for `transform`, shared, to be read only.

    Returns:
        float32, shape (2, more than size): cos and -sin of 2 pi k / size for all k < size; behind them, side by side, what
        the passes over shorter blocks take of every 4th, 16th …: the first quarter of the roots of size / 4, size / 16 ….
    """
    angles = [2 * np.pi * np.arange(size) / size]
    block = size // 4
    while block >= 4:
        angles.append(2 * np.pi * np.arange(block // 4) / block)
        block //= 4
    angle = np.concatenate(angles)
    return np.stack([np.cos(angle), -np.sin(angle)]).astype(np.float32)


@compiled
def transform(re: Samples, im: Samples, spare_re: Samples, spare_im: Samples, roots: Samples) -> None:
    """The forward transform in place, unscaled; the inverse is the same with `re` and `im` exchanged.

    Args:
        re: Real parts, float32, shape (size,), size a power of two from 4; changed.
        im: Imaginary parts, the same.
        spare_re: Room of the same size; changed.
        spare_im: Room of the same size; changed.
        roots: `roots_of_unity(size)`.
    """
    size = re.size
    rows = _along_columns(re, im, roots)
    _turn_over(re, rows, spare_re)
    _turn_over(im, rows, spare_im)
    is_in_spare = True
    length, stride = size // rows, rows
    while length >= 4:
        if is_in_spare:
            _quarter(spare_re, spare_im, re, im, roots, length, stride)
        else:
            _quarter(re, im, spare_re, spare_im, roots, length, stride)
        is_in_spare = not is_in_spare
        length //= 4
        stride *= 4
    if length == 2:
        if is_in_spare:
            _halve(spare_re, spare_im, re, im)
        else:
            _halve(re, im, spare_re, spare_im)
        is_in_spare = not is_in_spare
    if is_in_spare:
        for index in range(size):
            re[index] = spare_re[index]
            im[index] = spare_im[index]


@compiled
def _along_columns(re: Samples, im: Samples, roots: Samples) -> int:
    """The first half of the passes, each splitting blocks in four.

    Returns:
        How many rows the table has, a power of four, at least as many as columns or half as many. They lie in the order of
        their numbers' digits read backwards, to the base of four.
    """
    size = re.size
    rows = 1
    block = size
    # Where the roots for blocks of this length lie.
    at = 0
    while rows * rows < size // 2:
        quarter = block // 4
        cosines, sines = roots[0, at : at + quarter], roots[1, at : at + quarter]
        for begin in range(0, size, block):
            _split(re[begin : begin + block], im[begin : begin + block], cosines, sines)
        at = size if rows == 1 else at + quarter
        rows *= 4
        block = quarter
    return rows


@compiled
def _split(re: Samples, im: Samples, cosines: Samples, sines: Samples) -> None:
    """One block in place into four of a quarter: sums of what lies a quarter apart, turned."""
    quarter = re.size // 4
    # Views with the four parts: one bounds check each, and the compiler sees that they do not overlap.
    ar, br, cr, dr = re[:quarter], re[quarter : 2 * quarter], re[2 * quarter : 3 * quarter], re[3 * quarter :]
    ai, bi, ci, di = im[:quarter], im[quarter : 2 * quarter], im[2 * quarter : 3 * quarter], im[3 * quarter :]
    for p in range(quarter):
        w1r, w1i = cosines[p], sines[p]
        w2r, w2i = w1r * w1r - w1i * w1i, np.float32(2) * w1r * w1i
        w3r, w3i = w1r * w2r - w1i * w2i, w1r * w2i + w1i * w2r
        sr, si, tr, ti = ar[p] + cr[p], ai[p] + ci[p], br[p] + dr[p], bi[p] + di[p]
        ur, ui, vr, vi = ar[p] - cr[p], ai[p] - ci[p], di[p] - bi[p], br[p] - dr[p]
        fr, fi, gr, gi, hr, hi = ur - vr, ui - vi, sr - tr, si - ti, ur + vr, ui + vi
        ar[p] = sr + tr
        ai[p] = si + ti
        br[p] = w1r * fr - w1i * fi
        bi[p] = w1r * fi + w1i * fr
        cr[p] = w2r * gr - w2i * gi
        ci[p] = w2r * gi + w2i * gr
        dr[p] = w3r * hr - w3i * hi
        di[p] = w3r * hi + w3i * hr


@compiled
def _turn_over(table: Samples, rows: int, result: Samples) -> None:
    """Make columns of a table's rows, a power of four of them, and put them in order."""
    columns = table.size // rows
    # Neighbours in the order of digits lie a quarter of the rows apart.
    step = rows // 4 * columns
    for column in range(0, rows, 4):
        row, rest, scale = 0, column, rows // 4
        while rest:
            row += rest % 4 * scale
            rest //= 4
            scale //= 4
        at = row * columns
        first, second = table[at : at + columns], table[at + step : at + step + columns]
        third, fourth = table[at + 2 * step : at + 2 * step + columns], table[at + 3 * step : at + 3 * step + columns]
        for index in range(columns):
            four = result[index * rows + column : index * rows + column + 4]
            four[0] = first[index]
            four[1] = second[index]
            four[2] = third[index]
            four[3] = fourth[index]


@compiled
def _quarter(
    re: Samples, im: Samples, to_re: Samples, to_im: Samples, roots: Samples, length: int, stride: int
) -> None:
    """One pass that takes transforms of `length` apart into four of a quarter."""
    size = re.size
    quarter = size // 4
    ar, br, cr, dr = re[:quarter], re[quarter : 2 * quarter], re[2 * quarter : 3 * quarter], re[3 * quarter :]
    ai, bi, ci, di = im[:quarter], im[quarter : 2 * quarter], im[2 * quarter : 3 * quarter], im[3 * quarter :]
    for p in range(length // 4):
        at = p * stride
        w1r, w1i = roots[0, at], roots[1, at]
        w2r, w2i = roots[0, 2 * at], roots[1, 2 * at]
        w3r, w3i = roots[0, 3 * at], roots[1, 3 * at]
        er, ei = to_re[4 * at : 4 * at + stride], to_im[4 * at : 4 * at + stride]
        fr_, fi_ = to_re[4 * at + stride : 4 * at + 2 * stride], to_im[4 * at + stride : 4 * at + 2 * stride]
        gr_, gi_ = to_re[4 * at + 2 * stride : 4 * at + 3 * stride], to_im[4 * at + 2 * stride : 4 * at + 3 * stride]
        hr_, hi_ = to_re[4 * at + 3 * stride : 4 * at + 4 * stride], to_im[4 * at + 3 * stride : 4 * at + 4 * stride]
        for q in range(stride):
            i = at + q
            sr, si, tr, ti = ar[i] + cr[i], ai[i] + ci[i], br[i] + dr[i], bi[i] + di[i]
            ur, ui, vr, vi = ar[i] - cr[i], ai[i] - ci[i], di[i] - bi[i], br[i] - dr[i]
            fr, fi, gr, gi, hr, hi = ur - vr, ui - vi, sr - tr, si - ti, ur + vr, ui + vi
            er[q] = sr + tr
            ei[q] = si + ti
            fr_[q] = w1r * fr - w1i * fi
            fi_[q] = w1r * fi + w1i * fr
            gr_[q] = w2r * gr - w2i * gi
            gi_[q] = w2r * gi + w2i * gr
            hr_[q] = w3r * hr - w3i * hi
            hi_[q] = w3r * hi + w3i * hr


@compiled
def _halve(re: Samples, im: Samples, to_re: Samples, to_im: Samples) -> None:
    """The last pass of sizes that are no power of four."""
    half = re.size // 2
    for index in range(half):
        to_re[index] = re[index] + re[index + half]
        to_im[index] = im[index] + im[index + half]
        to_re[index + half] = re[index] - re[index + half]
        to_im[index + half] = im[index] - im[index + half]
